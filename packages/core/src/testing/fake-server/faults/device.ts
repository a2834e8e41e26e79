// Faults of the device authorization grant (RFC 8628): of the codes and the address; those of the polls are beside it.
import { pollFaults } from "./device-polls.js";
import { effectsAt } from "./effects.js";
import { fault, inArea, type FaultInArea } from "./fault.js";
import { transportFaults } from "./transport.js";

const { members, answer } = effectsAt("device");

type Members = Readonly<Record<string, unknown>>;

const broken = (description: string, changed: Members) =>
  fault("invalid_response", description, members(changed));

const insecure = (description: string, changed: Members) =>
  fault("insecure_endpoint", description, members(changed));

/** The codes are good: the sign-in goes on, and takes as long as its polls. */
const taken = (description: string, changed: Members): FaultInArea => ({
  ...fault("works", description, members(changed)),
  within: "polls",
});

const refused = (status: number, error: string, description: string) =>
  fault(
    "authorization_failed",
    description,
    answer({ status, body: { error, error_description: "The server says why." } }),
  );

const ESCAPES = "\u001b[2J\u001b]0;owned\u0007";

/** The answer with the codes. */
const codes = {
  ...withRightPolls(
    transportFaults("device", "device", "The answer with the device code", {
      passing: "temporarily_unavailable",
      broken: "invalid_response",
    }),
  ),
  "device-no-endpoint": fault(
    "unsupported_by_server",
    "The server has no device flow.",
    effectsAt("discovery").members({ device_authorization_endpoint: undefined }),
  ),
  "device-code-missing": broken("There is no device code.", { device_code: undefined }),
  "device-code-empty": broken("The device code is empty.", { device_code: "" }),
  "device-code-number": broken("The device code is a number.", { device_code: 7 }),
  "device-user-code-missing": broken("There is no user code.", { user_code: undefined }),
  "device-user-code-empty": broken("The user code is empty.", { user_code: "" }),
  "device-user-code-number": broken("The user code is a number.", { user_code: 12345678 }),
  "device-user-code-escapes": broken("The user code moves a terminal's cursor.", {
    user_code: `${ESCAPES}ABCD`,
  }),
  "device-user-code-newline": broken("The user code has a line break in it.", { user_code: "ABCD\nEFGH" }),
  "device-user-code-bidi": broken("The user code is turned around.", { user_code: "\u202eDCBA" }),
  "device-user-code-long": broken("The user code has ten thousand characters.", {
    user_code: "A".repeat(10_000),
  }),
  "device-uri-missing": broken("There is no address.", { verification_uri: undefined }),
  "device-uri-empty": broken("The address is empty.", { verification_uri: "" }),
  "device-uri-number": broken("The address is a number.", { verification_uri: 7 }),
  "device-uri-relative": broken("The address is a path.", { verification_uri: "/activate" }),
  "device-uri-escapes": broken("The address moves a terminal's cursor.", {
    verification_uri: `https://id.example/${ESCAPES}`,
  }),
  "device-uri-http": insecure("The address is http on another machine.", {
    verification_uri: "http://elsewhere.example/activate",
  }),
  "device-uri-script": insecure("The address is a script.", { verification_uri: "javascript:alert(1)" }),
  "device-uri-file": insecure("The address is a file.", { verification_uri: "file:///etc/passwd" }),
  "device-uri-credentials": insecure("The address has another host as its user name.", {
    verification_uri: "https://id.example@elsewhere.example/activate",
  }),
  "device-uri-complete-http": insecure("The address with the code in it is http on another machine.", {
    verification_uri_complete: "http://elsewhere.example/activate?user_code=A",
  }),
  "device-uri-complete-script": insecure("The address with the code in it is a script.", {
    verification_uri_complete: "javascript:alert(1)",
  }),
  "device-uri-complete-number": broken("The address with the code in it is a number.", {
    verification_uri_complete: 7,
  }),
  "device-uri-complete-missing": taken("There is no address with the code in it.", {
    verification_uri_complete: undefined,
  }),
  "device-expires-missing": taken("How long the code is good for is not said.", { expires_in: undefined }),
  "device-expires-zero": taken("The code is good for no time.", { expires_in: 0 }),
  "device-expires-negative": taken("The code has expired before it was given out.", { expires_in: -1 }),
  "device-expires-word": taken("How long the code is good for is a word.", { expires_in: "soon" }),
  "device-expires-string": taken("How long the code is good for is a number in quotes.", {
    expires_in: "600",
  }),
  "device-expires-huge": taken("The code is good for 30,000 years.", { expires_in: 1e12 }),
  "device-interval-missing": taken("How often to poll is not said: every five seconds.", {
    interval: undefined,
  }),
  "device-interval-fraction": taken("To poll every millisecond is allowed; nobody does that.", {
    interval: 0.001,
  }),
  "device-interval-zero": taken("To poll without a pause is allowed; nobody does that.", { interval: 0 }),
  "device-interval-string": taken("How often to poll is a number in quotes.", { interval: "5" }),
  "device-interval-negative": broken("How often to poll is negative.", { interval: -5 }),
  "device-interval-word": taken("How often to poll is a word: it is as good as not said.", {
    interval: "often",
  }),
  "device-interval-huge": fault(
    "timed_out",
    "The first poll is allowed in 30,000 years.",
    members({ interval: 1e12 }),
  ),
  "device-unknown-members": taken("There are members nobody knows.", { vendor: {}, message: ESCAPES }),
  "device-invalid-client": refused(401, "invalid_client", "The client is refused."),
  "device-unauthorized-client": refused(400, "unauthorized_client", "The client may not do this."),
  "device-invalid-scope": refused(400, "invalid_scope", "The scope is refused."),
};

/** Where only the content type is wrong the sign-in goes on. */
function withRightPolls<Name extends string>(
  faults: Readonly<Record<Name, FaultInArea>>,
): Readonly<Record<Name, FaultInArea>> {
  const polled = Object.entries<FaultInArea>(faults).map(([name, each]) => [
    name,
    each.ends === "works" ? { ...each, within: "polls" } : each,
  ]);
  return Object.fromEntries(polled) as Record<Name, FaultInArea>;
}

export const deviceFaults = inArea("device", { ...codes, ...pollFaults }, { flow: "device" });

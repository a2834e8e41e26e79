// Faults of the authorization response (RFC 6749 4.1.2, RFC 9207), which comes through the person's browser.
import { effectsAt } from "./effects.js";
import { type Effect, fault, type FaultEnd, type FaultInArea, type FaultWorld, inArea } from "./fault.js";

const discovery = effectsAt("discovery");

type FaultOfAuthorization = FaultInArea;

const redirect = (change: (back: URL, asked: URLSearchParams, world: FaultWorld) => URL | void): Effect => ({
  at: "authorize",
  redirect: change,
});

/** Parameters of the response; undefined takes one away. */
const parameters = (changes: Readonly<Record<string, string | undefined>>): Effect =>
  redirect(({ searchParams }) => {
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined) searchParams.delete(name);
      else searchParams.set(name, value);
    }
  });

const more = (name: string, value: string): Effect =>
  redirect(({ searchParams }) => searchParams.append(name, value));

/** An error in place of the code. */
const error = (name: string, description?: string): Effect =>
  parameters({ code: undefined, error: name, error_description: description });

/** The code is called otherwise. */
const renamed = (change: (code: string) => string): Effect =>
  redirect(({ searchParams }, _, world) => {
    const code = searchParams.get("code") ?? "";
    world.renameCode(code, change(code));
    searchParams.set("code", change(code));
  });

const NOT_ADVERTISED = discovery.members({ authorization_response_iss_parameter_supported: undefined });

/** Every error of RFC 6749 4.1.2.1, OpenID Connect Core 3.1.2.6, RFC 8707 and RFC 9470, and how it ends. */
const ERRORS = {
  invalid_request: "authorization_failed",
  unauthorized_client: "authorization_failed",
  access_denied: "access_denied",
  unsupported_response_type: "authorization_failed",
  invalid_scope: "authorization_failed",
  server_error: "temporarily_unavailable",
  temporarily_unavailable: "temporarily_unavailable",
  interaction_required: "authorization_failed",
  login_required: "authorization_failed",
  account_selection_required: "authorization_failed",
  consent_required: "authorization_failed",
  invalid_request_uri: "authorization_failed",
  invalid_request_object: "authorization_failed",
  request_not_supported: "authorization_failed",
  request_uri_not_supported: "authorization_failed",
  registration_not_supported: "authorization_failed",
  invalid_target: "authorization_failed",
  unmet_authentication_requirements: "authorization_failed",
  something_of_their_own: "authorization_failed",
} as const satisfies Record<string, FaultEnd>;

function refusals(): Readonly<Record<`authorization-error-${keyof typeof ERRORS}`, FaultOfAuthorization>> {
  const faults = Object.entries(ERRORS).map(([name, ends]) => [
    `authorization-error-${name}`,
    fault(ends, `The response is the error ${name}.`, error(name, "The server says why.")),
  ]);
  return Object.fromEntries(faults) as ReturnType<typeof refusals>;
}

/** A request that is not the redirect of this sign-in: it is turned away, and the wait goes on. */
const stray = (description: string, effect: Effect) => fault("timed_out", description, effect);

const broken = (description: string, ...effects: readonly Effect[]) =>
  fault("invalid_response", description, ...effects);

const HTML = '<script>alert(1)</script><a href="https://evil.example">Sign in again</a>';
const ESCAPES = "\u001b]0;owned\u0007\u001b[2J\u001b[31mPassword:\u001b[8m \u202egnihton\u0000";

export const authorizationFaults = inArea("authorization", {
  "authorization-state-missing": stray("There is no state.", parameters({ state: undefined })),
  "authorization-state-other": stray("The state is another.", parameters({ state: "another" })),
  "authorization-state-empty": stray("The state is empty.", parameters({ state: "" })),
  "authorization-state-twice": stray(
    "The state is there twice.",
    redirect(({ searchParams }) => searchParams.append("state", searchParams.get("state") ?? "")),
  ),
  "authorization-state-and-other": stray("There is another state beside the right one.", more("state", "x")),
  "authorization-state-as-list": stray(
    "The state is the first of a list.",
    redirect(({ searchParams }) => {
      searchParams.set("state[]", searchParams.get("state") ?? "");
      searchParams.delete("state");
    }),
  ),
  "authorization-fragment": stray(
    "The response is in the fragment, which browsers do not send.",
    redirect((back) => {
      back.hash = back.search.slice(1);
      back.search = "";
    }),
  ),
  "authorization-other-path": stray(
    "The browser is sent to another path.",
    redirect((back) => void (back.pathname = "/other")),
  ),
  "authorization-other-host": stray(
    "The browser is sent to localhost where 127.0.0.1 was asked for.",
    redirect((back) => void (back.hostname = "localhost")),
  ),
  "authorization-no-redirect": stray(
    "The server shows a page of its own and sends nobody back.",
    redirect((_, __, { issuer }) => new URL("/sorry", issuer)),
  ),
  "authorization-forged-error": stray(
    "The response is an error with another state: somebody else made it.",
    parameters({ code: undefined, error: "access_denied", state: "another" }),
  ),
  "authorization-forged-error-no-state": stray(
    "The response is an error without a state.",
    parameters({ code: undefined, error: "access_denied", state: undefined }),
  ),

  "authorization-iss-other": broken(
    "The issuer is another: a mix-up.",
    parameters({ iss: "https://evil.example" }),
  ),
  "authorization-iss-missing": broken(
    "There is no issuer, though the server says that it sends one.",
    parameters({ iss: undefined }),
  ),
  "authorization-iss-empty": broken("The issuer is empty.", parameters({ iss: "" })),
  "authorization-iss-twice": broken(
    "The issuer is there twice.",
    redirect(({ searchParams }, _, { issuer }) => searchParams.append("iss", issuer)),
  ),
  "authorization-iss-slash": broken(
    "The issuer has a slash more.",
    redirect(({ searchParams }, _, { issuer }) => searchParams.set("iss", `${issuer}/`)),
  ),
  "authorization-iss-other-unadvertised": broken(
    "The issuer is another, and the server did not say that it sends one.",
    NOT_ADVERTISED,
    parameters({ iss: "https://evil.example" }),
  ),
  "authorization-iss-unadvertised": fault(
    "works",
    "The issuer is right, and the server did not say that it sends one.",
    NOT_ADVERTISED,
    redirect(() => {}),
  ),
  "authorization-iss-never": fault(
    "works",
    "There is no issuer, and the server did not say that it sends one.",
    NOT_ADVERTISED,
    parameters({ iss: undefined }),
  ),
  "authorization-error-iss-other": broken(
    "The response is an error of another issuer.",
    parameters({ code: undefined, error: "access_denied", iss: "https://evil.example" }),
  ),
  "authorization-error-iss-missing": broken(
    "The response is an error without an issuer, though the server says that it sends one.",
    parameters({ code: undefined, error: "access_denied", iss: undefined }),
  ),

  "authorization-code-missing": broken("There is no code.", parameters({ code: undefined })),
  "authorization-code-empty": broken("The code is empty.", parameters({ code: "" })),
  "authorization-code-twice": broken(
    "The code is there twice.",
    redirect(({ searchParams }) => searchParams.append("code", searchParams.get("code") ?? "")),
  ),
  "authorization-code-and-other": broken(
    "There is another code beside the right one.",
    more("code", "another"),
  ),
  "authorization-code-and-error": fault(
    "authorization_failed",
    "There are a code and an error: the error counts.",
    parameters({ error: "invalid_request" }),
  ),
  "authorization-code-4k": fault(
    "works",
    "The code has four thousand characters.",
    renamed((code) => code + "x".repeat(4_000)),
  ),
  "authorization-code-special": fault(
    "works",
    "The code has every character that a URL has another meaning for.",
    renamed((code) => `${code}+/=%20&#?~é`),
  ),

  ...refusals(),
  "authorization-error-empty": broken("The error is empty, and there is no code.", error("")),
  "authorization-error-twice": broken(
    "There are two errors.",
    error("access_denied"),
    more("error", "server_error"),
  ),
  "authorization-error-html": fault(
    "authorization_failed",
    "The error's description is a web page.",
    error("invalid_request", HTML),
  ),
  "authorization-error-name-html": fault(
    "authorization_failed",
    "The error's name is a web page.",
    error(HTML, HTML),
  ),
  "authorization-error-escapes": fault(
    "authorization_failed",
    "The error's description moves a terminal's cursor and turns the text around.",
    error("invalid_request", ESCAPES),
  ),
  "authorization-error-8k": fault(
    "authorization_failed",
    "The error's description has eight thousand characters.",
    error("invalid_request", "long ".repeat(1_600)),
  ),
  "authorization-error-100k": {
    ...fault(
      "authorization_failed",
      "The error's description has a hundred thousand characters.",
      error("invalid_request", "x".repeat(100_000)),
    ),
    endsOverSockets: "timed_out",
  },
  "authorization-error-echo": fault(
    "authorization_failed",
    "The error's description repeats what the request had in it.",
    redirect(({ searchParams }, asked) => {
      searchParams.delete("code");
      searchParams.set("error", "invalid_request");
      const said = `${asked.get("state")} ${asked.get("nonce")} ${asked.get("code_challenge")}`;
      searchParams.set("error_description", said);
    }),
  ),

  "authorization-unknown-parameters": fault(
    "works",
    "There are parameters nobody knows, one of them twice.",
    parameters({ session_state: "a.b", scope: "openid", constructor: "x" }),
    more("vendor", "1"),
    more("vendor", "2"),
  ),
  "authorization-jarm": broken(
    "There is a signed response (JARM) beside the plain one.",
    parameters({ response: "a.b.c" }),
  ),
  "authorization-hybrid": broken(
    "There is an ID token in the URL, which was not asked for.",
    parameters({ id_token: "a.b.c" }),
  ),
  "authorization-implicit": fault(
    "works",
    "There is an access token in the URL, which was not asked for and is not used.",
    parameters({ access_token: "planted-access-token", token_type: "Bearer" }),
  ),
});

// Faults of revocation (RFC 7009) and of the visit to the end-session endpoint: the local session ends whatever happens.
import { effectsAt } from "./effects.js";
import { type Effect, fault, type FaultEnd, type FaultInArea, inArea } from "./fault.js";
import { transportFaults } from "./transport.js";

const { answer } = effectsAt("revocation");
const discovery = effectsAt("discovery");

const refused = (status: number, error: string, description: string) =>
  fault("failed", description, answer({ status, body: { error } }));

export const revocationFaults = inArea("revocation", {
  // The status is the answer; its body says nothing (RFC 7009 2.2).
  ...transportFaults("revocation", "revocation", "The answer to a revocation", {
    passing: "failed",
    broken: "failed",
    unreadable: "works",
  }),
  "revocation-unsupported-token": refused(400, "unsupported_token_type", "Such tokens are not revoked."),
  "revocation-invalid-request": refused(400, "invalid_request", "The request is refused."),
  "revocation-invalid-client": refused(401, "invalid_client", "The client is refused."),
  "revocation-challenge": fault(
    "failed",
    "The client is refused with a challenge to authenticate.",
    answer({ status: 401, headers: { "www-authenticate": "Bearer" } }),
  ),
  "revocation-200-error": refused(200, "invalid_auth", "The refusal has status 200."),
  "revocation-gone": fault(
    "works",
    "The token is of no use already, which is called an error.",
    answer({ status: 400, body: { error: "invalid_token" } }),
  ),
  "revocation-400-empty": fault("failed", "The answer is 400 without a body.", answer({ status: 400 })),
  "revocation-no-endpoint": fault(
    "unsupported",
    "The server revokes no tokens.",
    discovery.members({ revocation_endpoint: undefined }),
  ),
  "revocation-discovery-500": fault(
    "failed",
    "The discovery document is not to be had just now.",
    discovery.answer({ status: 500 }),
  ),
  "revocation-discovery-hang": fault("failed", "The discovery document never comes.", discovery.end("hang")),
});

const back = (
  description: string,
  redirect: (back: URL, issuer: string) => URL | void,
  ends: FaultEnd = "failed",
): FaultInArea => {
  const effect: Effect = { at: "logout", redirect: (url, _, { issuer }) => redirect(url, issuer) };
  return { ...fault(ends, description, effect), within: ends === "works" ? "at once" : "sign-out" };
};

export const logoutFaults = inArea("logout", {
  "logout-no-endpoint": fault(
    "unsupported",
    "The server has no end-session endpoint.",
    discovery.members({ end_session_endpoint: undefined }),
  ),
  "logout-http": fault(
    "failed",
    "The end-session endpoint is http on another machine.",
    discovery.members({ end_session_endpoint: "http://elsewhere.example/logout" }),
  ),
  "logout-script": fault(
    "failed",
    "The end-session endpoint is a script.",
    discovery.members({ end_session_endpoint: "javascript:alert(1)" }),
  ),
  "logout-never-back": back("The browser stays at the server.", (_, issuer) => new URL("/bye", issuer)),
  "logout-state-other": back("The browser comes back with another state.", ({ searchParams }) =>
    searchParams.set("state", "another"),
  ),
  "logout-state-missing": back(
    "The browser comes back without a state.",
    ({ searchParams }) => searchParams.delete("state"),
    "works",
  ),
  "logout-state-twice": back("The browser comes back with two states.", ({ searchParams }) =>
    searchParams.append("state", "another"),
  ),
  "logout-other-path": back(
    "The browser comes back to another path.",
    (url) => void (url.pathname = "/other"),
  ),
  "logout-unknown-parameters": back(
    "The browser comes back with parameters nobody knows.",
    ({ searchParams }) => searchParams.append("vendor", "1"),
    "works",
  ),
});

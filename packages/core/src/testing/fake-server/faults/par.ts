// Faults of the answer to a pushed authorization request (RFC 9126 2.2): without it the browser is sent nowhere.
import { effectsAt } from "./effects.js";
import { fault, inArea, type FaultEnd, type FaultInArea } from "./fault.js";
import { transportFaults } from "./transport.js";

const { members, answer } = effectsAt("par");

const broken = (description: string, changed: Readonly<Record<string, unknown>>) =>
  fault("invalid_response", description, members(changed));

const refused = (
  status: number,
  error: string,
  description: string,
  ends: FaultEnd = "authorization_failed",
) => fault(ends, description, answer({ status, body: { error, error_description: "The server says why." } }));

const echo: FaultInArea = fault("authorization_failed", "The error's description repeats what was pushed.", {
  at: "par",
  instead: (_, { body }) => ({
    response: Response.json(
      { error: "invalid_request", error_description: `${body.get("state")} ${body.get("nonce")}` },
      { status: 400 },
    ),
  }),
});

export const parFaults = inArea(
  "par",
  {
    ...transportFaults("par", "par", "The answer to the pushed request", {
      passing: "temporarily_unavailable",
      broken: "invalid_response",
    }),
    "par-no-endpoint": fault(
      "unsupported_by_server",
      "The server takes no pushed requests.",
      effectsAt("discovery").members({ pushed_authorization_request_endpoint: undefined }),
    ),
    "par-required-without-endpoint": fault(
      "unsupported_by_server",
      "The server requires pushed requests, and does not say where.",
      effectsAt("discovery").members({
        pushed_authorization_request_endpoint: undefined,
        require_pushed_authorization_requests: true,
      }),
    ),
    "par-required": fault(
      "works",
      "The server requires pushed requests.",
      effectsAt("discovery").members({ require_pushed_authorization_requests: true }),
    ),
    "par-status-200": fault("works", "The answer has status 200, not 201.", {
      at: "par",
      async change(response) {
        return Response.json(await response.json(), { status: 200 });
      },
    }),
    "par-uri-missing": broken("There is no request_uri.", { request_uri: undefined }),
    "par-uri-empty": broken("The request_uri is empty.", { request_uri: "" }),
    "par-uri-number": broken("The request_uri is a number.", { request_uri: 7 }),
    "par-uri-null": broken("The request_uri is null.", { request_uri: null }),
    "par-expires-missing": broken("How long it is good for is not said.", { expires_in: undefined }),
    "par-expires-word": broken("How long it is good for is a word.", { expires_in: "soon" }),
    "par-expires-negative": broken("It has expired before it was given out.", { expires_in: -1 }),
    "par-expires-string": fault(
      "works",
      "How long it is good for is a number in quotes.",
      members({ expires_in: "60" }),
    ),
    "par-unknown-members": fault(
      "works",
      "There are members nobody knows.",
      members({ vendor: { nested: true }, authorization_endpoint: "http://elsewhere.example/authorize" }),
    ),
    "par-invalid-request": refused(400, "invalid_request", "The request is refused."),
    "par-invalid-redirect-uri": refused(400, "invalid_redirect_uri", "The redirect URI is refused."),
    "par-invalid-client": refused(401, "invalid_client", "The client is refused."),
    "par-unauthorized-client": refused(403, "unauthorized_client", "The client may not do this."),
    "par-too-large": refused(413, "invalid_request", "The request is too large."),
    "par-error-echo": echo,
  },
  { par: "always" },
);

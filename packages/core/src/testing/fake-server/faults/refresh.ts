// Faults of a later token response (RFC 6749 6, OpenID Connect Core 12.2): none but a verdict may end the session.
import { base64url, encodeParts } from "../../jwt.js";
import { effectsAt, keepsRefreshToken, type JwtParts } from "./effects.js";
import { fault, type FaultEnd, type FaultInArea, type FaultWorld, inArea } from "./fault.js";
import { lostAnswers } from "./lost-answers.js";
import { transportFaults } from "./transport.js";

const { members, answer, claims, idToken, text } = effectsAt("refresh");

type Members = Readonly<Record<string, unknown>>;

/** The answer is no good, but its refresh token is the next one. */
const broken = (description: string, changed: Members) =>
  fault("invalid_response", description, members(changed));

const forgiven = (description: string, changed: Members) => fault("works", description, members(changed));

const untrue = (description: string, changed: Members | ((world: FaultWorld) => Members)) =>
  fault("id_token_invalid", description, claims(changed));

const forged = (description: string, change: (parts: JwtParts, world: FaultWorld) => unknown) =>
  fault("id_token_invalid", description, idToken(change));

const refused = (
  status: number,
  error: string,
  description: string,
  ends: FaultEnd = "authorization_failed",
) => fault(ends, description, answer({ status, body: { error, error_description: "The server says why." } }));

const echo: FaultInArea = fault("sign_in_required", "The error's description repeats the refresh token.", {
  at: "refresh",
  instead: (_, { body }) => ({
    response: Response.json(
      { error: "invalid_request", error_description: `no such token: ${body.get("refresh_token")}` },
      { status: 400 },
    ),
  }),
});

/** Those after which the server may have made new tokens all the same: the request is made once more. */
const LOST =
  /^refresh-(?:reset|reset-in-body|html|empty|no-content|array|null|string|truncated|500|502-html|hang|hang-in-body)$/;

function triedAgain<Name extends string>(
  faults: Readonly<Record<Name, FaultInArea>>,
): Readonly<Record<Name, FaultInArea>> {
  const changed = Object.entries<FaultInArea>(faults).map(([name, each]): [string, FaultInArea] => {
    const within = each.within === "request" ? "request again" : "again";
    return [name, LOST.test(name) ? { ...each, within } : each];
  });
  return Object.fromEntries(changed) as Record<Name, FaultInArea>;
}

export const refreshFaults = inArea("refresh", {
  ...triedAgain(
    transportFaults("refresh", "refresh", "The answer to a refresh", {
      passing: "temporarily_unavailable",
      broken: "invalid_response",
    }),
  ),
  ...lostAnswers,

  "refresh-sub-other": untrue("The ID token is about another person.", { sub: "eve" }),
  "refresh-sub-missing": untrue("The ID token is about nobody.", { sub: undefined }),
  "refresh-iss-other": untrue("The ID token is of another issuer.", { iss: "https://evil.example" }),
  "refresh-aud-other": untrue("The ID token is for another client.", { aud: "other" }),
  "refresh-azp-other": untrue("The ID token is another client's.", { azp: "other" }),
  "refresh-exp-past": untrue("The ID token has expired.", ({ now }) => ({
    exp: Math.floor(now() / 1000) - 600,
  })),
  "refresh-iat-future": untrue("The ID token is from the future.", ({ now }) => ({
    iat: Math.floor(now() / 1000) + 600,
  })),
  "refresh-nonce-other": untrue("The ID token has another nonce than that of the sign-in.", {
    nonce: "another",
  }),
  "refresh-nonce-missing": fault(
    "works",
    "The ID token has no nonce, which is how it should be.",
    claims({ nonce: undefined }),
  ),
  "refresh-at-hash-other": untrue("The ID token belongs to another access token.", {
    at_hash: "AAAAAAAAAAAAAAAAAAAAAA",
  }),
  "refresh-alg-none": forged(
    "The ID token is not signed.",
    ({ header, claims: signed }) => `${encodeParts({ ...header, alg: "none" }, signed)}.`,
  ),
  "refresh-signature-garbage": forged("The ID token's signature is of something else.", ({ jwt }) => {
    return jwt.slice(0, jwt.lastIndexOf(".") + 1) + base64url(new Uint8Array(64).fill(7));
  }),
  "refresh-unknown-key": forged(
    "The ID token is signed by a key the server does not have.",
    ({ claims: signed }, { stranger }) => stranger.sign(signed),
  ),
  "refresh-key-rotated": fault(
    "works",
    "The server has another key since the sign-in.",
    effectsAt("jwks").members(({ stranger }) => ({ keys: [stranger.publicJwk] })),
    idToken(({ claims: signed }, { stranger }) => stranger.sign(signed)),
  ),
  "refresh-id-token-missing": forgiven("There is no ID token.", { id_token: undefined }),
  "refresh-id-token-number": broken("The ID token is a number.", { id_token: 7 }),

  "refresh-token-missing": fault(
    "works",
    "There is no new refresh token: the old one stays.",
    members({ refresh_token: undefined }),
    keepsRefreshToken,
  ),
  "refresh-token-same": fault("works", "The new refresh token is the old one.", {
    at: "refresh",
    async change(response, world, { body }) {
      const refreshToken = body.get("refresh_token") ?? "";
      world.unspend(refreshToken);
      const granted = (await response.json()) as Members;
      return Response.json({ ...granted, refresh_token: refreshToken });
    },
  }),
  "refresh-token-empty": fault(
    "works",
    "The new refresh token is empty: the old one stays.",
    members({ refresh_token: "" }),
    keepsRefreshToken,
  ),
  "refresh-token-number": fault(
    "invalid_response",
    "The new refresh token is a number.",
    members({ refresh_token: 7 }),
    keepsRefreshToken,
  ),

  "refresh-type-missing": forgiven("There is no token type.", { token_type: undefined }),
  "refresh-type-mac": broken("The token type is mac.", { token_type: "mac" }),
  "refresh-type-dpop": broken("The token type is DPoP, and no proof was sent.", { token_type: "DPoP" }),
  "refresh-access-missing": broken("There is no access token.", { access_token: undefined }),
  "refresh-access-newline": broken("The access token has a line break and a header in it.", {
    access_token: "planted-access-token\r\nX-Injected: yes",
  }),
  "refresh-expires-in-negative": forgiven("The token has expired before it was given out.", {
    expires_in: -1,
  }),
  "refresh-expires-in-string": forgiven("The token's life is a number in quotes.", { expires_in: "3600" }),
  "refresh-expires-in-missing": forgiven("The token's life is not said.", { expires_in: undefined }),
  "refresh-expires-in-huge": forgiven("The token lives for 30,000 years.", { expires_in: 1e12 }),
  "refresh-scope-array": forgiven("What was granted is a list.", { scope: ["openid"] }),
  "refresh-scope-reduced": forgiven("Less is granted than before.", { scope: "openid" }),
  "refresh-duplicate-members": fault(
    "works",
    "The token type is there twice; the last counts.",
    text((whole) => whole.replace(/^\{/, '{"token_type":"mac",')),
  ),

  "refresh-400-empty": fault(
    "invalid_response",
    "The answer is 400 without a body.",
    answer({ status: 400 }),
  ),
  "refresh-400-html": fault(
    "invalid_response",
    "The answer is 400 with a web page.",
    answer({ status: 400, body: "<h1>Bad request</h1>", headers: { "content-type": "text/html" } }),
  ),
  "refresh-200-invalid-grant": refused(200, "invalid_grant", "The verdict has status 200.", "session_ended"),
  "refresh-invalid-grant": refused(400, "invalid_grant", "The grant is over.", "session_ended"),
  "refresh-invalid-grant-401": refused(401, "invalid_grant", "The grant is over, with 401.", "session_ended"),
  "refresh-invalid-request": refused(
    400,
    "invalid_request",
    "The refresh token is refused as an invalid request, as by some servers.",
    "sign_in_required",
  ),
  "refresh-invalid-request-401": refused(
    401,
    "invalid_request",
    "The refresh token is refused as an invalid request, with 401.",
    "sign_in_required",
  ),
  "refresh-invalid-scope": refused(400, "invalid_scope", "The scope is refused."),
  "refresh-invalid-client": refused(401, "invalid_client", "The client is refused."),
  "refresh-unauthorized-client": refused(400, "unauthorized_client", "The client may not do this."),
  "refresh-unsupported-grant": refused(400, "unsupported_grant_type", "There are no refresh tokens."),
  "refresh-nonce-unasked": refused(400, "use_dpop_nonce", "A nonce is asked for, though no proof was sent."),
  "refresh-invalid-client-challenge": fault(
    "authorization_failed",
    "The client is refused with a challenge to authenticate.",
    answer({
      status: 401,
      body: { error: "invalid_client" },
      headers: { "www-authenticate": 'Basic realm="clients"' },
    }),
  ),
  "refresh-error-echo": echo,
});

// Faults of the first token response (RFC 6749 5), beside its ID token.
import { effectsAt } from "./effects.js";
import { fault, type FaultEnd, type FaultInArea, inArea } from "./fault.js";
import { transportFaults } from "./transport.js";

const { members, answer, text, headers } = effectsAt("code");

const broken = (description: string, changed: Readonly<Record<string, unknown>>) =>
  fault("invalid_response", description, members(changed));

const forgiven = (description: string, changed: Readonly<Record<string, unknown>>) =>
  fault("works", description, members(changed));

/** An error answer (RFC 6749 5.2). */
const refused = (
  status: number,
  body: unknown,
  description: string,
  ends: FaultEnd = "authorization_failed",
) => fault(ends, description, answer({ status, body }));

const ESCAPES = "\u001b]0;owned\u0007\u001b[2J\u001b[31mPassword:\u001b[8m \u202egnihton\u0000";
const HTML = "<script>alert(1)</script>";

/** The server says again what it was sent: code and verifier. */
const echo: FaultInArea = {
  ...fault("authorization_failed", "The error's description repeats the code and the verifier.", {
    at: "code",
    instead: (_, { body }) => ({
      response: Response.json(
        { error: "invalid_request", error_description: `${body.get("code")} ${body.get("code_verifier")}` },
        { status: 400 },
      ),
    }),
  }),
};

export const tokenFaults = inArea("token", {
  ...transportFaults("token", "code", "The token response", {
    passing: "temporarily_unavailable",
    broken: "invalid_response",
  }),

  // Without a proof it can only be a bearer token.
  "token-type-missing": forgiven("There is no token type.", { token_type: undefined }),
  "token-type-empty": forgiven("The token type is empty.", { token_type: "" }),
  "token-type-mac": broken("The token type is mac.", { token_type: "mac" }),
  "token-type-n-a": broken("The token type is N_A.", { token_type: "N_A" }),
  "token-type-number": broken("The token type is a number.", { token_type: 7 }),
  "token-type-array": broken("The token type is a list.", { token_type: ["Bearer"] }),
  "token-type-dpop": broken("The token type is DPoP, and no proof was sent.", { token_type: "DPoP" }),
  "token-type-lowercase": forgiven("The token type is written small.", { token_type: "bearer" }),
  "token-type-uppercase": forgiven("The token type is written large.", { token_type: "BEARER" }),

  "token-expires-in-zero": forgiven("The token lives for no time.", { expires_in: 0 }),
  "token-expires-in-string": forgiven("The token's life is a number in quotes.", { expires_in: "3600" }),
  "token-expires-in-float": forgiven("The token's life is a fraction.", { expires_in: 3599.5 }),
  "token-expires-in-missing": forgiven("The token's life is not said.", { expires_in: undefined }),
  "token-expires-in-huge": forgiven("The token lives for 30,000 years.", { expires_in: 1e12 }),
  "token-expires-in-astronomic": fault(
    "works",
    "The token lives longer than numbers can say in milliseconds.",
    text((whole) => whole.replace(/"expires_in":\d+/, '"expires_in":1e306')),
  ),
  "token-expires-in-infinite": fault(
    "works",
    "The token's life is beyond any number.",
    text((whole) => whole.replace(/"expires_in":\d+/, '"expires_in":1e999')),
  ),
  "token-expires-in-negative": forgiven("The token has expired before it was given out.", { expires_in: -1 }),
  "token-expires-in-word": forgiven("The token's life is a word.", { expires_in: "soon" }),
  "token-expires-in-empty": forgiven("The token's life is an empty word.", { expires_in: "" }),
  "token-expires-in-nan": forgiven("The token's life is the word NaN.", { expires_in: "NaN" }),
  "token-expires-in-null": forgiven("The token's life is null.", { expires_in: null }),
  "token-expires-in-true": forgiven("The token's life is true.", { expires_in: true }),
  "token-expires-in-object": forgiven("The token's life is an object.", { expires_in: { seconds: 3600 } }),

  "token-scope-reduced": forgiven("Less was granted than asked for.", { scope: "openid" }),
  "token-scope-extended": forgiven("More was granted than asked for.", {
    scope: "openid offline_access admin",
  }),
  "token-scope-missing": forgiven("What was granted is not said: what was asked for.", { scope: undefined }),
  "token-scope-empty": forgiven("What was granted is empty.", { scope: "" }),
  "token-scope-number": broken("What was granted is a number.", { scope: 7 }),
  "token-scope-array": forgiven("What was granted is a list.", { scope: ["openid"] }),
  "token-scope-null": forgiven("What was granted is null.", { scope: null }),

  "token-access-missing": broken("There is no access token.", { access_token: undefined }),
  "token-access-empty": broken("The access token is empty.", { access_token: "" }),
  "token-access-number": broken("The access token is a number.", { access_token: 7 }),
  "token-access-object": broken("The access token is an object.", { access_token: { value: "token" } }),
  "token-access-null": broken("The access token is null.", { access_token: null }),
  "token-access-newline": broken("The access token has a line break and a header in it.", {
    access_token: "planted-access-token\r\nX-Injected: yes",
  }),
  "token-access-control": broken("The access token moves a terminal's cursor.", {
    access_token: "planted-access-token\u001b[2J\u0000",
  }),
  "token-access-not-ascii": broken("The access token has letters no header can carry.", {
    access_token: "planted-access-token-漢",
  }),
  "token-refresh-number": broken("The refresh token is a number.", { refresh_token: 7 }),
  "token-refresh-empty": forgiven("The refresh token is empty.", { refresh_token: "" }),
  "token-refresh-null": forgiven("The refresh token is null.", { refresh_token: null }),
  "token-refresh-missing": forgiven("There is no refresh token.", { refresh_token: undefined }),

  "token-unknown-members": fault(
    "works",
    "There are members nobody knows, with names that mean something to JavaScript.",
    text((whole) => whole.replace(/^\{/, '{"__proto__":{"access_token":"x"},"constructor":7,"vendor":{},')),
  ),
  "token-duplicate-members": fault(
    "works",
    "The token type is there twice; the last counts, as JSON.parse has it.",
    text((whole) => whole.replace(/^\{/, '{"token_type":"mac",')),
  ),
  "token-duplicate-type-last": fault(
    "invalid_response",
    "The token type is there twice, the last time mac.",
    text((whole) => whole.replace(/\}$/, ',"token_type":"mac"}')),
  ),
  "token-content-type-parameters": fault(
    "works",
    "The content type is written with capitals and a charset.",
    headers({ "content-type": "Application/JSON; charset=UTF-8" }),
  ),
  "token-caching": fault(
    "works",
    "The answer may be cached for a day, and sets a cookie.",
    headers({ "cache-control": "public, max-age=86400", "set-cookie": "planted=cookie" }),
  ),
  "token-challenge": fault(
    "authorization_failed",
    "The answer is 400 with a challenge: the client should authenticate in another way.",
    answer({ status: 400, headers: { "www-authenticate": 'Negotiate realm="corp"' } }),
  ),
  "token-created": fault("works", "The answer has status 201.", {
    at: "code",
    change: async (response) => Response.json(await response.json(), { status: 201 }),
  }),
  "token-created-nothing": fault(
    "invalid_response",
    "The answer has status 201, and no token.",
    answer({ status: 201, body: { token_type: "Bearer" } }),
  ),
  "token-200-error": refused(200, { error: "invalid_grant" }, "The answer is an error with status 200."),
  "token-200-error-object": refused(
    200,
    { error: { code: 500, message: "no upstream" } },
    "The answer is an error of a gateway with status 200.",
    "temporarily_unavailable",
  ),
  "token-error-text": fault(
    "authorization_failed",
    "The error is called plain text.",
    answer({
      status: 400,
      body: JSON.stringify({ error: "invalid_grant" }),
      headers: { "content-type": "text/plain" },
    }),
  ),
  "token-scope-commas": forgiven("What was granted has commas in it.", { scope: "openid,offline_access" }),
  "token-scope-mixed": broken("What was granted is a list with a number in it.", { scope: ["openid", 7] }),

  "token-400-empty": fault("invalid_response", "The answer is 400 without a body.", answer({ status: 400 })),
  "token-400-no-error": refused(
    400,
    { message: "no" },
    "The answer is 400 without an error.",
    "invalid_response",
  ),
  "token-400-error-number": refused(400, { error: 7 }, "The error is a number.", "temporarily_unavailable"),
  "token-400-error-empty": refused(400, { error: "" }, "The error is empty.", "invalid_response"),
  "token-400-array": refused(400, ["invalid_grant"], "The answer is 400 with a list.", "invalid_response"),
  "token-invalid-grant": refused(400, { error: "invalid_grant" }, "The code is refused."),
  "token-invalid-request": refused(400, { error: "invalid_request" }, "The request is refused."),
  "token-invalid-scope": refused(400, { error: "invalid_scope" }, "The scope is refused."),
  "token-invalid-target": refused(400, { error: "invalid_target" }, "The resource is refused."),
  "token-unauthorized-client": refused(400, { error: "unauthorized_client" }, "The client may not do this."),
  "token-unsupported-grant": refused(400, { error: "unsupported_grant_type" }, "There is no code flow."),
  "token-invalid-code-403": refused(403, { error: "invalid_code" }, "The code is refused with 403."),
  "token-nonce-unasked": refused(
    400,
    { error: "use_dpop_nonce" },
    "A nonce is asked for, though no proof was sent.",
  ),
  "token-invalid-client": refused(401, { error: "invalid_client" }, "The client is refused."),
  "token-invalid-client-challenge": fault(
    "authorization_failed",
    "The client is refused with a challenge to authenticate.",
    answer({
      status: 401,
      body: { error: "invalid_client" },
      headers: { "www-authenticate": 'Basic realm="clients"' },
    }),
  ),
  "token-error-echo": echo,
  "token-error-html": refused(
    400,
    { error: "invalid_request", error_description: HTML },
    "The error's description is a web page.",
  ),
  "token-error-escapes": refused(
    400,
    { error: `invalid_request${ESCAPES}`, error_description: ESCAPES },
    "The error moves a terminal's cursor and turns the text around.",
  ),
  "token-error-100k": refused(
    400,
    { error: "e".repeat(100_000), error_description: "x".repeat(100_000) },
    "The error has a hundred thousand characters.",
  ),
});

// What servers differ in without being wrong enough to be refused: each by its name, over the answers of the one that is right.
import type { SeenRequest } from "./switches.js";

type Json = Readonly<Record<string, unknown>>;
type Body = (body: Json, request: SeenRequest) => Json;

/** In one sentence each; together they are every rule of `oauth/inside/tolerances.ts`, and revocation's. */
export const DIFFERENCES = {
  "errors-with-200": "The token, device and revocation endpoints answer errors with status 200.",
  "errors-as-text": "Their errors are called text/plain.",
  "errors-beside-a-challenge": "Their errors have status 401 and a challenge beside them.",
  "refuses-in-other-words": "A refresh token that is no good is a bad_refresh_token.",
  "refuses-apart": "A refresh token that is no good is told as error_code, without an error.",
  "pending-as-message": "That a device is to go on asking is told as message, without an error.",
  "declines-in-other-words": "A person who says no at a device has authorization_declined.",
  "revokes-without-content": "A revocation is answered with status 204.",
  created: "The token and device endpoints answer with status 201.",
  "empty-members": "What is not there is null or an empty text.",
  "no-token-type": "There is no token type.",
  "own-token-type": "The token type is a word of their own: user.",
  "text-for-numbers": "Lives and intervals are text.",
  "no-life": "How long a token lives is said to be 0.",
  "scope-as-list": "What is granted is a list.",
  "scope-with-commas": "What is granted has commas between the names.",
  "verification-url": "The address of a device is named verification_url.",
  "bare-401": "The API refuses a token with a 401 that has no challenge.",
  "reasonless-401": "The API refuses a token with a challenge that gives no reason.",
  "pages-for-everything": "What is not there is answered with a web page and status 200.",
  "logout-other-names": "Where to come back to after signing out is named logout_uri.",
  "no-logout-state": "The browser comes back from signing out without a state.",
} as const satisfies Readonly<Record<string, string>>;

export type Difference = keyof typeof DIFFERENCES;

const OAUTH_PATHS = new Set(["/token", "/device", "/revoke"]);

/** Of a success of the token or the device endpoint. */
const SUCCESS: Partial<Record<Difference, Body>> = {
  "empty-members": (body) => ({
    refresh_token: null,
    id_token: "",
    scope: [],
    ...body,
    error: null,
    error_description: "",
  }),
  "no-token-type": (body) => ({ ...body, token_type: undefined }),
  "own-token-type": (body) => ({ ...body, token_type: "user" }),
  "text-for-numbers": (body) => {
    const numbers = Object.entries(body).filter(([, value]) => typeof value === "number");
    return { ...body, ...Object.fromEntries(numbers.map(([name, value]) => [name, String(value)])) };
  },
  "no-life": (body) => ("access_token" in body ? { ...body, expires_in: 0 } : body),
  "scope-as-list": (body) =>
    typeof body["scope"] === "string" ? { ...body, scope: body["scope"].split(" ") } : body,
  "scope-with-commas": (body) =>
    typeof body["scope"] === "string" ? { ...body, scope: body["scope"].replaceAll(" ", ",") } : body,
  "verification-url": ({ verification_uri: url, ...body }) =>
    url === undefined ? body : { ...body, verification_url: url },
};

/** The answer as a server with these differences sends it. */
export async function differ(
  answer: Response,
  request: SeenRequest,
  differences: readonly Difference[],
): Promise<Response> {
  const has = (name: Difference): boolean => differences.includes(name);
  if (OAUTH_PATHS.has(request.path)) return differInJson(answer, request, differences);
  if (has("pages-for-everything") && answer.status === 404)
    return new Response("<h1>Welcome</h1>", { headers: { "content-type": "text/html" } });
  if (answer.status !== 401) return answer;
  if (has("bare-401")) return Response.json({ message: "Bad credentials" }, { status: 401 });
  const refusesToken = answer.headers.get("www-authenticate")?.includes("invalid_token");
  if (!has("reasonless-401") || !refusesToken) return answer;
  return new Response(null, { status: 401, headers: { "www-authenticate": 'Bearer realm="api"' } });
}

async function differInJson(
  answer: Response,
  request: SeenRequest,
  differences: readonly Difference[],
): Promise<Response> {
  const text = await answer.clone().text();
  if (request.path === "/revoke" && answer.ok && differences.includes("revokes-without-content"))
    return new Response(null, { status: 204 });
  if (text === "") return answer;
  const body = JSON.parse(text) as Json;
  if (answer.ok) {
    const changed = differences.reduce((rest, name) => SUCCESS[name]?.(rest, request) ?? rest, body);
    const isCreated = differences.includes("created") && request.path !== "/revoke";
    return Response.json(changed, { status: isCreated ? 201 : answer.status, headers: answer.headers });
  }
  const has = (name: Difference): boolean => differences.includes(name);
  const headers = new Headers(answer.headers);
  if (has("errors-as-text")) headers.set("content-type", "text/plain");
  if (has("errors-beside-a-challenge")) headers.set("www-authenticate", 'Basic realm="clients"');
  const status = has("errors-with-200") ? 200 : has("errors-beside-a-challenge") ? 401 : answer.status;
  return new Response(JSON.stringify(inOtherWords(body, request, has)), { status, headers });
}

/** An error under another name, or with another one. */
function inOtherWords(body: Json, { body: asked }: SeenRequest, has: (name: Difference) => boolean): Json {
  const { error, ...rest } = body;
  const isOver = asked.get("grant_type") === "refresh_token" && error === "invalid_grant";
  const isPending = error === "authorization_pending" || error === "slow_down";
  if (has("refuses-in-other-words") && isOver) return { ...rest, error: "bad_refresh_token" };
  if (has("refuses-apart") && isOver)
    return { code: 400, error_code: "refresh_token_not_found", msg: "Gone" };
  if (has("pending-as-message") && isPending) return { status: 400, message: error };
  if (has("declines-in-other-words") && error === "access_denied")
    return { ...rest, error: "authorization_declined" };
  return body;
}

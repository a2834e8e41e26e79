// Where servers merely differ at the other endpoints: revocation, pushed requests, registration. One rule each, as in tolerances.ts.
import { again, withoutEmpty, type Json } from "./tolerances.js";
import { lightResponse } from "./light-web.js";

/** The token is of no use already, which is what was asked for (RFC 7009 2.2). */
const GONE = new Set(["invalid_token", "invalid_grant", "token_revoked", "token_expired"]);

/**
 * The answer of a revocation endpoint as RFC 7009 2.2 would have it: an error with status 200 is one, one of a token that is gone
 * is none, and every success is one, with nothing in it too (204).
 */
export async function readRevocationAnswer(answer: Response): Promise<Response> {
  if (!answer.ok && (answer.status < 400 || answer.status >= 500)) return answer;
  const { error } = withoutEmpty((await objectOf(answer)) ?? {});
  if (typeof error === "string" && GONE.has(error)) return lightResponse("", { status: 200 });
  if (!answer.ok) return answer;
  if (error === undefined || error === false) return lightResponse("", { status: 200 });
  return again(answer, 400, { error: typeof error === "string" ? error : "server_error" });
}

/** An error with a status of success, where the member is not there without which it is none. */
async function readErrorAnswer(answer: Response, essential: string): Promise<Response> {
  if (!answer.ok) return answer;
  const body = await objectOf(answer);
  const isError = body !== undefined && !(essential in body) && typeof body["error"] === "string";
  return isError ? again(answer, 400, body) : answer;
}

/** The answer to a pushed request as RFC 9126 2.2 would have it: status 201, where there is a reference. */
export async function readPushedAnswer(answer: Response): Promise<Response> {
  const read = await readErrorAnswer(answer, "request_uri");
  const body = read.status === 200 ? await objectOf(read) : undefined;
  return body ? again(read, 201, body) : read;
}

/**
 * A key set (RFC 7517 5) in which every key stands once: the same key a second time leaves no doubt which one it is. Others of one
 * name stay, and are refused by whoever looks for it.
 */
export async function readKeySet(answer: Response): Promise<Response> {
  const body = answer.ok ? await objectOf(answer) : undefined;
  const keys = body?.["keys"];
  if (!Array.isArray(keys)) return answer;
  const different = new Map<unknown, unknown>(keys.toReversed().map((key) => [identityOf(key), key]));
  return different.size === keys.length
    ? answer
    : again(answer, answer.status, { ...body, keys: [...different.values()] });
}

/** All of it but the certificates, which may stand at one of them alone. */
function identityOf(key: unknown): unknown {
  if (typeof key !== "object" || key === null) return key;
  const members = Object.entries(key).filter(([name]) => !name.startsWith("x5"));
  return JSON.stringify(members.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * The answer to a registration as RFC 7591 3.2.1 would have it: status 201; null is not there; a secret of which nobody says when
 * it ends does not end.
 */
export async function readRegistrationAnswer(answer: Response): Promise<Response> {
  const read = await readErrorAnswer(answer, "client_id");
  const body = read.ok ? await objectOf(read) : undefined;
  if (!body) return read;
  const there = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
  const end = "client_secret" in there ? { client_secret_expires_at: 0 } : {};
  return again(read, read.status === 200 ? 201 : read.status, { ...end, ...there });
}

async function objectOf(answer: Response): Promise<Json | undefined> {
  const body: unknown = await answer
    .clone()
    .json()
    .catch(() => undefined);
  return typeof body === "object" && body !== null && !Array.isArray(body) ? (body as Json) : undefined;
}

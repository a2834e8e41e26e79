// What servers leave out or round down, and is put right before it is judged. Nothing here that security hangs on.
import type { DPoPKey } from "../dpop.js";
import { lightResponse } from "./light-web.js";

type Json = Readonly<Record<string, unknown>>;

/**
 * Some servers leave `token_type` out. Where no proof was sent a token can only be a bearer token, so that is what it is
 * taken for; a binding is never taken for granted.
 */
export function forgiveTokenType(answer: Response, dpopKey: DPoPKey | undefined): Promise<Response> {
  return mended(answer, (body) =>
    dpopKey === undefined && "access_token" in body && !("token_type" in body)
      ? { ...body, token_type: "Bearer" }
      : body,
  );
}

/** An `interval` of 0 allows polling without a pause (RFC 8628 3.2), which nobody does. */
export function forgiveInterval(answer: Response, shortestSeconds: number): Promise<Response> {
  return mended(answer, (body) => (body["interval"] === 0 ? { ...body, interval: shortestSeconds } : body));
}

/** An answer that is no JSON object, or an error, is as it is. */
async function mended(answer: Response, mend: (body: Json) => Json): Promise<Response> {
  if (!answer.ok) return answer;
  const body: unknown = await answer
    .clone()
    .json()
    .catch(() => undefined);
  if (typeof body !== "object" || body === null || Array.isArray(body)) return answer;
  const better = mend(body as Json);
  if (better === body) return answer;
  return lightResponse(JSON.stringify(better), answer);
}

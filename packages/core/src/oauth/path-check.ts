// Whether the way to the token endpoint is there, asked without anything that could be lost on it.
import type { AuthorizationServer } from "oauth4webapi";
import { AuthError } from "../ground/errors.js";
import { startLimit } from "../ports/limit.js";
import type { OAuthContext } from "./context.js";
import { metadataUrl } from "./inside/metadata-url.js";

const LIMIT_MS = 3_000;

/**
 * One GET: a HEAD may be answered by less than what a request would meet. Any status will do. Rejects with
 * `temporarily_unavailable` when none comes within three seconds.
 */
export async function checkPath(
  { config, clock, fetch }: OAuthContext,
  { token_endpoint: endpoint = "" }: AuthorizationServer,
  signal: AbortSignal,
): Promise<void> {
  const metadata = metadataUrl(config);
  const isSameOrigin = metadata !== undefined && new URL(metadata).origin === new URL(endpoint).origin;
  const url = isSameOrigin ? metadata : endpoint;
  const limit = new AbortController();
  const callOff = startLimit(clock, LIMIT_MS, () => limit.abort(noAnswer(new URL(url).host)));
  try {
    await fetch(url, {
      method: "GET",
      redirect: "manual",
      // An answer that was kept says nothing of the path.
      cache: "no-store",
      signal: AbortSignal.any([signal, limit.signal]),
    });
  } catch (error) {
    // Too much of an answer is one.
    if (!(error instanceof AuthError && error.code === "invalid_response")) throw error;
  } finally {
    callOff();
  }
}

function noAnswer(host: string): AuthError {
  const message = `${host} did not answer within ${LIMIT_MS / 1000} seconds; nothing else was sent.`;
  return new AuthError("temporarily_unavailable", message, { detail: "timeout" });
}

// RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0 2): where the browser goes, and who comes back.
import type { AuthorizationServer } from "oauth4webapi";
import type { ResolvedConfig } from "../config/config.js";
import type { RedirectVerdict } from "../ports/ports.js";
import { Secret } from "../ground/secret.js";
import type { LiveSession } from "../session/session.js";
import { isRegistered } from "./authorization-response.js";

/** Holds the ID token: for the browser's address bar, never for an argument list. */
export function buildEndSessionUrl(
  config: ResolvedConfig,
  server: AuthorizationServer,
  { tokens }: LiveSession,
  returnUri: string,
  state: Secret<string>,
): Secret<string> {
  const url = new URL(server.end_session_endpoint!);
  url.searchParams.set("client_id", config.clientId);
  url.searchParams.set("post_logout_redirect_uri", returnUri);
  url.searchParams.set("state", state.reveal());
  if (tokens.idToken) url.searchParams.set("id_token_hint", tokens.idToken.reveal());
  return new Secret(url.href);
}

/**
 * Whether a request is the browser on its way: first to the one-time address that sends it on, once; then back with the
 * `state` of this visit.
 */
export function createVisitJudge(startPath: string, state: Secret<string>) {
  let sentOn = false;
  return (url: URL, uris: readonly string[], endSessionUrl: Secret<string> | undefined): RedirectVerdict => {
    if (url.pathname === startPath && endSessionUrl && !sentOn) {
      sentOn = true;
      return { accepted: false, redirectTo: endSessionUrl.reveal() };
    }
    if (!isRegistered(url, uris)) return { accepted: false, status: 404, reason: "wrong_path" };
    if (url.searchParams.getAll("state").join() !== state.reveal())
      return { accepted: false, status: 400, reason: "wrong_state" };
    return { accepted: true };
  };
}

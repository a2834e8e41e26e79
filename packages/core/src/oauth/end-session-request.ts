// RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0 2): where the browser goes, and who comes back.
import type { AuthorizationServer } from "oauth4webapi";
import { fillEndSessionUrl } from "../config/end-session-url.js";
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
  const values = {
    client_id: config.clientId,
    post_logout_redirect_uri: returnUri,
    state: state.reveal(),
    ...(tokens.idToken ? { id_token_hint: tokens.idToken.reveal() } : {}),
  };
  if (config.endSessionUrl !== undefined)
    return new Secret(fillEndSessionUrl(config.endSessionUrl, values).href);
  const url = new URL(server.end_session_endpoint!);
  for (const [name, value] of Object.entries(values)) url.searchParams.set(name, value);
  return new Secret(url.href);
}

/** Whether there is anywhere to go. */
export function hasEndSession(
  { endSessionUrl }: ResolvedConfig,
  { end_session_endpoint }: AuthorizationServer,
): boolean {
  return (endSessionUrl ?? end_session_endpoint) !== undefined;
}

/** Whether the server sent the browser back with an error: the person, or the server, has said no. */
export function isRefusedVisit({ searchParams }: URL): boolean {
  return Boolean(searchParams.get("error"));
}

/**
 * Whether a request is the browser on its way: first to the one-time address that sends it on, once; then back with the
 * `state` of this visit. Some servers send none back: that is taken once the browser was sent on. What comes of it is the word
 * about the visit alone, for the session has ended before.
 */
export function createVisitJudge(startPath: string, state: Secret<string>) {
  let sentOn = false;
  return (url: URL, uris: readonly string[], endSessionUrl: Secret<string> | undefined): RedirectVerdict => {
    if (url.pathname === startPath && endSessionUrl && !sentOn) {
      sentOn = true;
      return { accepted: false, redirectTo: endSessionUrl.reveal() };
    }
    if (!isRegistered(url, uris)) return { accepted: false, status: 404, reason: "wrong_path" };
    const states = url.searchParams.getAll("state");
    const isWithout = states.length === 0 && sentOn;
    if (!isWithout && states.join() !== state.reveal())
      return { accepted: false, status: 400, reason: "wrong_state" };
    return { accepted: true };
  };
}

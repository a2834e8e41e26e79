// RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0) as Wacht does it: the hint says which session ends,
// with or without the browser's cookie, and nobody is asked. oidc-provider's own asks, and needs the cookie.
import type { IncomingMessage, ServerResponse } from "node:http";
import type Provider from "oidc-provider";
import { readForm, redirect, sendPage } from "./http.js";
import { messagePage } from "./pages.js";
import type { Store } from "./store.js";

export async function handleLogout(
  provider: Provider,
  store: Store,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const refuse = (reason: string) =>
    sendPage(res, 400, messagePage("You were not signed out", reason, "invalid_request"));
  const params =
    req.method === "POST" ? await readForm(req) : new URL(req.url!, provider.issuer).searchParams;

  const hint = params.get("id_token_hint");
  const clientId = params.get("client_id") ?? audienceOf(hint);
  const client = clientId === undefined ? undefined : await provider.Client.find(clientId);
  if (client === undefined) return refuse("The request does not say which app it comes from.");

  const returnTo = params.get("post_logout_redirect_uri");
  if (returnTo !== null && !client.postLogoutRedirectUriAllowed(returnTo))
    return refuse("The address to return to is not registered for this app.");

  if (hint !== null) {
    let sid;
    try {
      // Signature, issuer and audience; an expired hint is accepted.
      ({ sid } = (await provider.IdToken.validate(hint, client)).payload);
    } catch {
      return refuse("The ID token in the request is not one of this server for this app.");
    }
    const uid = store.findSessionUid(client.clientId, String(sid));
    // Destroying it emits session.destroyed, and that revokes its tokens (server.ts).
    await (uid === undefined ? undefined : await provider.Session.findByUid(uid))?.destroy();
  }

  if (returnTo !== null) return redirect(res, withState(returnTo, params.get("state")));
  if (hint === null) return refuse("The request does not say who should be signed out.");
  sendPage(res, 200, messagePage("You are signed out", "You can close this page."));
}

function withState(returnTo: string, state: string | null): string {
  const url = new URL(returnTo);
  if (state !== null) url.searchParams.set("state", state);
  return url.href;
}

/** Read before the signature is checked, only to learn whose key set and redirects apply. */
function audienceOf(hint: string | null): string | undefined {
  try {
    const { aud } = JSON.parse(Buffer.from(hint!.split(".")[1]!, "base64url").toString("utf8")) as {
      aud?: unknown;
    };
    return typeof aud === "string" ? aud : undefined;
  } catch {
    return undefined;
  }
}

// A redirect that a person pastes, because their browser could not bring it: judged as if it had come by itself.
import { AuthError } from "../../ground/errors.js";
import { judgeRequest } from "../../oauth/authorization-response.js";
import type { AuthorizationServer } from "../../oauth/discovery.js";
import type { RedirectResponse } from "../../ports/ports.js";
import { Secret } from "../../ground/secret.js";
import { takesRedirect } from "./to-state.js";
import type { AuthSnapshot } from "./until.js";

/** Throws `invalid_response`, without a word of what was pasted: it may hold a code. */
export function readPastedRedirect(text: string, snapshot: AuthSnapshot): Secret<RedirectResponse> {
  const { attempt } = snapshot.context;
  if (attempt?.responseMode === "form_post")
    throw refused(
      "This sign-in ends with a form that the browser posts: what it brings stands in no address.",
      "Finish in a browser on this machine.",
    );
  if (!takesRedirect(snapshot) || attempt?.redirectUri === undefined)
    throw refused(
      "No sign-in is waiting for a redirect.",
      "Sign in, then paste the address that you end up at.",
    );
  // As people copy it: with a line break, in quotes.
  const address = (typeof text === "string" ? text : "").trim().replace(/^(["'<])(.*)[">']$/s, "$2");
  if (!URL.canParse(address))
    throw refused(
      "This is not an address.",
      `Copy all of it from the browser: it begins with ${attempt.redirectUri}`,
    );
  const url = new URL(address);
  const verdict = judgeRequest(url, [attempt.redirectUri], attempt.proof);
  if (!verdict.accepted && "status" in verdict && verdict.status === 404)
    throw refused(
      "This is not the address that the sign-in ends at.",
      `Finish signing in first, then copy the address that begins with ${attempt.redirectUri}`,
    );
  if (!verdict.accepted)
    throw refused(
      "This address is cut off, or belongs to another sign-in.",
      "Copy all of it. If that does not help, open the address of this sign-in, and finish there.",
    );
  if (isCutOff(url, attempt.server))
    throw refused("This address is cut off.", "Copy all of it, from its beginning to its end.");
  // No browser waits for an answer.
  return new Secret({ url, respond: async () => {} });
}

/** What a copy lost at its end is no verdict of the server, and must not end the sign-in as one. */
function isCutOff({ searchParams }: URL, server: AuthorizationServer | undefined): boolean {
  if (!searchParams.get("code") && !searchParams.get("error")) return true;
  const iss = searchParams.get("iss");
  if (server === undefined || iss === server.issuer) return false;
  if (iss !== null) return server.issuer.startsWith(iss);
  return server.authorization_response_iss_parameter_supported === true;
}

function refused(message: string, hint: string): AuthError {
  return new AuthError("invalid_response", message, { detail: "redirect", hint });
}

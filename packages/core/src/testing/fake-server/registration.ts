// Dynamic client registration (RFC 7591 3) of a native app: a public client, loopback redirect URIs, no secret.
import { json, oauthError, type ServerContext } from "./context.js";
import type { SeenRequest } from "./switches.js";

export function createRegistration({ note, now }: ServerContext) {
  return (request: SeenRequest): Response => {
    const refuse = (error: string, why: string): Response => {
      note(`The registration: ${why}.`);
      return oauthError(error, why);
    };
    if (!request.headers.get("content-type")?.startsWith("application/json"))
      return refuse("invalid_client_metadata", "it is not JSON");
    const wanted = parse(request.text);
    if (!wanted) return refuse("invalid_client_metadata", "it is not a JSON object");
    const uris = wanted["redirect_uris"];
    if (!Array.isArray(uris) || uris.length === 0 || !uris.every((uri) => URL.canParse(String(uri))))
      return refuse("invalid_redirect_uri", "redirect_uris is not a list of URLs");
    if (wanted["token_endpoint_auth_method"] !== "none")
      return refuse("invalid_client_metadata", "token_endpoint_auth_method is not none");
    if (wanted["application_type"] !== "native")
      return refuse("invalid_client_metadata", "application_type is not native");
    if ("client_secret" in wanted || "client_id" in wanted)
      return refuse("invalid_client_metadata", "client_id and client_secret are the server's to give");
    const issuedAt = Math.floor(now() / 1000);
    return json(
      { ...wanted, client_id: `client-${crypto.randomUUID()}`, client_id_issued_at: issuedAt },
      201,
    );
  };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

// A server that has given the app a secret: whoever asks without it is nobody (RFC 6749 2.3.1).
import { oauthError, type ServerContext } from "./context.js";
import type { SeenRequest } from "./switches.js";

const WITH_CLIENT = new Set(["/token", "/revoke", "/par", "/device"]);

/** Judges who asks, and takes it out of the request: the endpoints behind know public clients only. */
export function createClientCheck({ options: { clientAuth }, note }: ServerContext) {
  return (request: SeenRequest): SeenRequest | Response => {
    if (!clientAuth || !WITH_CLIENT.has(request.path)) return request;
    const { secret, methods = ["client_secret_post", "client_secret_basic"] } = clientAuth;
    const shown = readClient(request);
    if (shown?.secret !== secret || !methods.includes(shown.method)) {
      note(`POST ${request.path}: the client did not show its secret as it should.`);
      return oauthError("invalid_client", "who is asking?", 401);
    }
    const body = new URLSearchParams(request.body);
    body.delete("client_secret");
    body.set("client_id", shown.id);
    return { ...request, body, authorization: null };
  };
}

function readClient({ authorization, body }: SeenRequest) {
  const inBody = body.get("client_secret");
  if (authorization === null)
    return inBody === null
      ? undefined
      : { method: "client_secret_post" as const, id: body.get("client_id") ?? "", secret: inBody };
  // In both places is in one too many.
  if (inBody !== null || !authorization.startsWith("Basic ")) return undefined;
  const [id = "", secret = ""] = atob(authorization.slice("Basic ".length)).split(":").map(fromForm);
  return { method: "client_secret_basic" as const, id, secret };
}

function fromForm(text: string): string {
  return new URLSearchParams(`v=${text}`).get("v") ?? "";
}

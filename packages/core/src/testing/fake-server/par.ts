// Pushed authorization requests (RFC 9126): parameters come by POST, the browser carries a name for them that works once.
import { json, oauthError, type ServerContext } from "./context.js";
import { duplicated } from "./seen-request.js";
import type { SeenRequest } from "./switches.js";

export interface PushedRequests {
  /** `jkt`: of the key whose proof came with it (RFC 9449 10.1). */
  push(request: SeenRequest, jkt: string | undefined): Response;
  /** The parameters behind an authorization request. Throws where the server would show an error page. */
  resolve(sent: URLSearchParams): URLSearchParams;
}

const LIFETIME_SECONDS = 60;

export function createPushedRequests({ now, note }: ServerContext): PushedRequests {
  const pushed = new Map<string, { readonly parameters: URLSearchParams; readonly expiresAt: number }>();
  return {
    push({ body }, jkt) {
      const refuse = (why: string): Response => {
        note(`The pushed authorization request: ${why}.`);
        return oauthError("invalid_request", why);
      };
      const twice = duplicated(body);
      if (twice !== undefined) return refuse(`${twice} was sent twice`);
      if (body.has("request_uri")) return refuse("request_uri must not be in it");
      if (!body.get("client_id")) return refuse("client_id is missing");
      if (!body.get("redirect_uri")) return refuse("redirect_uri is missing");
      const parameters = new URLSearchParams(body);
      const bound = parameters.get("dpop_jkt");
      if (bound !== null && jkt !== undefined && bound !== jkt)
        return refuse("dpop_jkt is not the key of the proof");
      if (jkt !== undefined) parameters.set("dpop_jkt", jkt);
      const uri = `urn:ietf:params:oauth:request_uri:${crypto.randomUUID()}`;
      pushed.set(uri, { parameters, expiresAt: now() + LIFETIME_SECONDS * 1000 });
      return json({ request_uri: uri, expires_in: LIFETIME_SECONDS }, 201);
    },
    resolve(sent) {
      const uri = sent.get("request_uri");
      if (uri === null) return sent;
      const known = pushed.get(uri);
      pushed.delete(uri);
      const refuse = (why: string): never => {
        note(`The authorization request: ${why}.`);
        throw new Error(`The server shows an error page: ${why}.`);
      };
      if (!known) return refuse("the request_uri is unknown, or was used before");
      if (known.expiresAt <= now()) return refuse("the request_uri has expired");
      if (known.parameters.get("client_id") !== sent.get("client_id"))
        return refuse("the request_uri is another client's");
      const more = [...sent.keys()].find((name) => name !== "client_id" && name !== "request_uri");
      if (more !== undefined) note(`The authorization request: ${more} beside the request_uri.`);
      return known.parameters;
    },
  };
}

// The token endpoint (RFC 6749 3.2) of a public client: no authentication, a proof of the key where there is one.
import type { Authorization } from "./authorization.js";
import { oauthError, type ServerContext } from "./context.js";
import type { DeviceEndpoint } from "./device.js";
import type { DPoP } from "./dpop.js";
import { DEVICE_GRANT } from "./metadata.js";
import { duplicated } from "./seen-request.js";
import type { Tokens } from "./tokens.js";
import type { SeenRequest } from "./switches.js";

export interface TokenEndpointParts {
  readonly authorization: Authorization;
  readonly device: DeviceEndpoint;
  readonly dpop: DPoP;
  readonly tokens: Tokens;
}

/** What an endpoint of the authorization server does with the key of a proof, if there is one. */
type WithKey = (jkt: string | undefined) => Promise<Response> | Response;

export function createTokenEndpoint(context: ServerContext, parts: TokenEndpointParts) {
  const { note, options } = context;
  const { authorization, device, dpop, tokens } = parts;

  function refusalOf({ body, authorization: header, path }: SeenRequest): Response | undefined {
    const refuse = (error: string, why: string, status = 400): Response => {
      note(`POST ${path}: ${why}.`);
      return oauthError(error, why, status);
    };
    const twice = duplicated(body);
    if (twice !== undefined) return refuse("invalid_request", `${twice} was sent twice`);
    if (header !== null || body.has("client_secret") || body.has("client_assertion"))
      return refuse("invalid_client", "a public client does not authenticate", 401);
    if (!body.get("client_id")) return refuse("invalid_client", "client_id is missing", 401);
    return undefined;
  }

  /** Judges client and proof; answers carry the nonce for the next proof where one is demanded. */
  async function guarded(request: SeenRequest, answer: WithKey): Promise<Response> {
    const refusal = refusalOf(request);
    if (refusal) return refusal;
    const proof = options.offers?.includes("dpop") ? await dpop.check(request, "token") : undefined;
    const response =
      proof && "error" in proof ? oauthError(proof.error, proof.why) : await answer(proof?.jkt);
    for (const [name, value] of Object.entries(dpop.headers("token"))) response.headers.set(name, value);
    return response;
  }

  return {
    guarded,
    answer: (request: SeenRequest): Promise<Response> =>
      guarded(request, async (jkt) => {
        switch (request.body.get("grant_type") ?? "") {
          case "authorization_code": {
            const grant = await authorization.redeem(request, jkt);
            return grant instanceof Response ? grant : tokens.issue(grant, request, jkt);
          }
          case "refresh_token":
            return tokens.refresh(request, jkt);
          case DEVICE_GRANT: {
            const grant = device.poll(request);
            return grant instanceof Response ? grant : tokens.issue(grant, request, jkt);
          }
          default:
            note("POST /token: there is no such grant_type.");
            return oauthError("unsupported_grant_type", "there is no such grant_type");
        }
      }),
  };
}

// What every request to the token endpoint carries, whichever grant it is.
import type { DPoPHandle } from "oauth4webapi";
import type { TokenTarget } from "../../config/api-origins.js";
import { requestOptions, type OAuthContext } from "../context.js";
import { proofOptions, type DPoPKey } from "../dpop.js";

/**
 * A proof where the session has a key (RFC 9449 5), what the app adds, and the resources the token is for (RFC 8707 2.2):
 * those of the session, or of the one API that a token is asked for.
 */
export async function tokenRequestOptions(
  context: OAuthContext,
  dpopKey: DPoPKey | undefined,
  signal: AbortSignal,
  target: TokenTarget = {},
): Promise<
  ReturnType<typeof requestOptions> & { readonly DPoP?: DPoPHandle; additionalParameters: URLSearchParams }
> {
  const { tokenParams, resource } = context.config;
  const additionalParameters = new URLSearchParams(tokenParams);
  const resources = target.resource === undefined ? resource : [target.resource];
  for (const each of resources) additionalParameters.append("resource", each);
  if (target.scope) additionalParameters.set("scope", target.scope);
  return {
    ...requestOptions(context, signal),
    ...(await proofOptions(context, dpopKey)),
    additionalParameters,
  };
}

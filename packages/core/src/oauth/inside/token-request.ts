// What every request to the token endpoint carries, whichever grant it is.
import type { DPoPHandle } from "oauth4webapi";
import { requestOptions, type OAuthContext } from "../context.js";
import { proofOptions, type DPoPKey } from "../dpop.js";

/** A proof where the session has a key (RFC 9449 5), and the resources the token is for (RFC 8707 2.2). */
export async function tokenRequestOptions(
  context: OAuthContext,
  dpopKey: DPoPKey | undefined,
  signal: AbortSignal,
): Promise<
  ReturnType<typeof requestOptions> & { readonly DPoP?: DPoPHandle; additionalParameters: URLSearchParams }
> {
  return {
    ...requestOptions(context, signal),
    ...(await proofOptions(context, dpopKey)),
    additionalParameters: new URLSearchParams(context.config.resource.map((each) => ["resource", each])),
  };
}

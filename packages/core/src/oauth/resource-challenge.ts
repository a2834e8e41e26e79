// What a resource server says of the token that it wants, in the challenges of a 401 or 403 (RFC 6750 3, RFC 9728 5.1).
import {
  allowInsecureRequests,
  customFetch,
  protectedResourceRequest,
  WWWAuthenticateChallengeError,
} from "oauth4webapi";

export interface ResourceChallenge {
  /** Where the resource server's metadata is (RFC 9728 5.1), as it stands there. */
  readonly resourceMetadata?: string;
  /** `error` of RFC 6750 3.1. */
  readonly error?: string;
  /** What the token must be good for, as a list. */
  readonly scope: readonly string[];
}

const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Of the first Bearer or DPoP challenge; undefined where there is none. Does not touch the body. */
export async function readChallenge({
  status,
  headers,
}: Pick<Response, "status" | "headers">): Promise<ResourceChallenge | undefined> {
  // oauth4webapi reads challenges of requests that it makes: this one goes nowhere.
  const answered = new Response(null, { status, headers });
  const options = { [customFetch]: async () => answered, [allowInsecureRequests]: true };
  try {
    await protectedResourceRequest(
      "none",
      "GET",
      new URL("https://resource.invalid"),
      undefined,
      null,
      options,
    );
    return undefined;
  } catch (error) {
    if (!(error instanceof WWWAuthenticateChallengeError)) throw error;
    const found = error.cause.find(({ scheme }) => scheme === "bearer" || scheme === "dpop");
    if (!found) return undefined;
    const { resource_metadata, error: code, scope = "" } = found.parameters;
    return {
      ...(resource_metadata === undefined ? {} : { resourceMetadata: resource_metadata }),
      ...(code === undefined ? {} : { error: code }),
      scope: scope.split(" ").filter((each) => SCOPE_TOKEN.test(each)),
    };
  }
}

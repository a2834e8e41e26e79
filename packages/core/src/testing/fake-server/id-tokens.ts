// ID tokens (OpenID Connect Core 2): what was asked for, and what a test lays over it.
import type { Signer } from "../jwt.js";
import type { Grant, ServerContext } from "./context.js";

/** Who signs in. */
export const SUBJECT = "ada";

export interface IdTokens {
  create(grant: Grant, accessToken: string): Promise<string>;
}

export function createIdTokens({ issuer, now, secrets, switches }: ServerContext, signer: Signer): IdTokens {
  return {
    async create({ parameters, signIn }) {
      const seconds = Math.floor(now() / 1000);
      const token = await signer.sign({
        iss: issuer,
        sub: SUBJECT,
        aud: parameters.get("client_id"),
        iat: seconds,
        exp: seconds + 3600,
        nonce: parameters.get("nonce") ?? undefined,
        ...howSignedIn(parameters, effectiveSignIn(signIn, switches)),
        ...switches.idTokenClaims,
      });
      secrets.push(token);
      return token;
    },
  };

  /** `auth_time` and `acr` where the request or a test asks for them. */
  function howSignedIn(parameters: URLSearchParams, { at, acr }: Grant["signIn"]): Record<string, unknown> {
    const tellsWhen = parameters.has("max_age") || switches.signedInAt !== undefined;
    const tellsHow = parameters.has("acr_values") || switches.acr !== undefined;
    return {
      ...(tellsWhen ? { auth_time: Math.floor(at / 1000) } : {}),
      ...(tellsHow && acr !== undefined ? { acr } : {}),
    };
  }
}

/** How the server says that the person signed in. */
export function effectiveSignIn(
  truth: Grant["signIn"],
  { signedInAt, acr }: ServerContext["switches"],
): Grant["signIn"] {
  return {
    ...truth,
    ...(signedInAt === undefined ? {} : { at: signedInAt }),
    ...(acr === undefined ? {} : { acr }),
  };
}

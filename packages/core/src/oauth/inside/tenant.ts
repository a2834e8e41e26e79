// Which of many tenants behind one server an ID token is of (`idTokenIssuer`): the server under that tenant's name.
import type { AuthorizationServer } from "oauth4webapi";
import type { ResolvedConfig } from "../../config/config.js";
import { couldBeFrom, issuerFrom } from "../../config/id-token-issuer.js";
import { readJwtClaims } from "../../session/jwt-claims.js";

type Tenants = Pick<ResolvedConfig, "idTokenIssuers">;

/**
 * The server with the issuer that this answer's ID token must name: the one that its own claims make. One that fits none is
 * left to the check of `iss`, which refuses it. `named`: the tenant that the redirect names (RFC 9207), and then no
 * other; a redirect that names the server says nothing of tenants.
 */
export async function asTenantOf(
  { idTokenIssuers }: Tenants,
  server: AuthorizationServer,
  answer: Response,
  named: string | null = null,
): Promise<AuthorizationServer> {
  if (idTokenIssuers.length === 0) return server;
  if (named !== null && named !== server.issuer) return { ...server, issuer: named };
  const body: unknown = await answer
    .clone()
    .json()
    .catch(() => undefined);
  const { id_token: idToken } = (body ?? {}) as { readonly id_token?: unknown };
  const claims = typeof idToken === "string" ? (readJwtClaims(idToken) ?? {}) : {};
  const made = idTokenIssuers.map((template) => issuerFrom(template, claims));
  const issuer = made.find((each) => each !== undefined && each === claims["iss"]);
  return { ...server, issuer: issuer ?? idTokenIssuers[0]! };
}

/** The server under the name that a redirect has for it, where that is one of its tenants'. */
export function asTenantNamed(
  idTokenIssuers: readonly string[],
  server: AuthorizationServer,
  iss: string | null,
): AuthorizationServer {
  const isTenant = iss !== null && idTokenIssuers.some((template) => couldBeFrom(template, iss));
  return isTenant ? { ...server, issuer: iss } : server;
}

// Access and refresh tokens: issued for a grant, rotated, revoked; a spent refresh token that comes again ends the grant.
import { json, oauthError, type Grant, type ServerContext } from "./context.js";
import type { IdTokens } from "./id-tokens.js";
import type { SeenRequest } from "./switches.js";

interface AccessToken {
  readonly grant: Grant;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

interface RefreshToken {
  readonly grant: Grant;
  /** Epoch milliseconds; undefined until it has been used. */
  spentAt: number | undefined;
  isExcused?: true;
}

export interface Tokens {
  /** A token response (RFC 6749 5.1), with tokens bound to the key of the proof if there was one. */
  issue(grant: Grant, request: SeenRequest, jkt: string | undefined): Promise<Response>;
  refresh(request: SeenRequest, jkt: string | undefined): Promise<Response>;
  revoke(request: SeenRequest): Response;
  /** An access token that is good now. */
  find(accessToken: string): AccessToken | undefined;
  /** A spent refresh token is good again. */
  unspend(refreshToken: string): void;
  /** Its answer never got out: that it comes again is no fault of the client's. */
  excuse(refreshToken: string): void;
  endAll(): void;
}

export function createTokens(context: ServerContext, idTokens: IdTokens): Tokens {
  const { note, noteReuse, now, issue, options, switches } = context;
  const { accessTokenSeconds = 3600 } = options;
  const accessTokens = new Map<string, AccessToken>();
  const refreshTokens = new Map<string, RefreshToken>();

  async function issueFor(grant: Grant, request: SeenRequest, jkt: string | undefined): Promise<Response> {
    const stranger = unasked(grant, request);
    if (stranger !== undefined) {
      note(`The token request: the resource ${stranger} was not in the authorization request.`);
      return oauthError("invalid_target", "the resource was not asked for");
    }
    grant.jkt = jkt;
    const granted = grant.parameters.get("scope") ?? "";
    const scope = request.body.get("scope") ?? granted;
    const accessToken = issue("access");
    accessTokens.set(accessToken, { grant, expiresAt: now() + accessTokenSeconds * 1000 });
    const refreshToken = granted.includes("offline_access") ? issue("refresh") : undefined;
    if (refreshToken) refreshTokens.set(refreshToken, { grant, spentAt: undefined });
    return json({
      access_token: accessToken,
      token_type: jkt === undefined ? "Bearer" : "DPoP",
      expires_in: accessTokenSeconds,
      scope,
      ...switches.tokenMembers,
      ...(refreshToken ? { refresh_token: refreshToken } : {}),
      ...(scope.includes("openid") ? { id_token: await idTokens.create(grant, accessToken) } : {}),
    });
  }

  return {
    issue: issueFor,
    async refresh(request, jkt) {
      const known = refreshTokens.get(request.body.get("refresh_token") ?? "");
      const refuse = (why: string): Response => oauthError("invalid_grant", why);
      if (!known) return refuse("the refresh token was never given out");
      const { grant } = known;
      const { spentAt } = known;
      if (spentAt !== undefined && now() - spentAt >= switches.refreshGraceSeconds * 1000) {
        if (!known.isExcused) {
          note("The token request: a spent refresh token came again.");
          noteReuse();
        }
        grant.isOver = true;
      }
      if (grant.isOver) return refuse("the grant is over");
      if (grant.clientId !== request.body.get("client_id")) return refuse("the token is another client's");
      if (grant.jkt !== jkt) {
        note("The token request: a refresh token without the proof of its key.");
        return refuse("the refresh token is bound to another key");
      }
      known.spentAt ??= now();
      return issueFor(grant, request, jkt);
    },
    revoke({ body }) {
      const token = body.get("token") ?? "";
      const grant = refreshTokens.get(token)?.grant ?? accessTokens.get(token)?.grant;
      if (grant) grant.isOver = true;
      return new Response(null, { status: 200 });
    },
    find(accessToken) {
      const known = accessTokens.get(accessToken);
      return known && !known.grant.isOver && known.expiresAt > now() ? known : undefined;
    },
    unspend(refreshToken) {
      const known = refreshTokens.get(refreshToken);
      if (known) known.spentAt = undefined;
    },
    excuse(refreshToken) {
      const known = refreshTokens.get(refreshToken);
      if (known) known.isExcused = true;
    },
    endAll() {
      for (const { grant } of accessTokens.values()) grant.isOver = true;
    },
  };
}

/** A resource that the grant is not for (RFC 8707 2.2). */
function unasked({ parameters }: Grant, { body }: SeenRequest): string | undefined {
  const granted = parameters.getAll("resource");
  return body.getAll("resource").find((resource) => !granted.includes(resource));
}

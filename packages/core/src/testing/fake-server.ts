// An authorization server as a fetch function: a well-behaved one, with real keys and real checks.
import type { Clock } from "../ports.js";
import { createSigner, sha256, type Signer } from "./jwt.js";

export interface FakeServerOptions {
  readonly clock: Clock;
  /** @default 'https://id.example' */
  readonly issuer?: string;
  /** @default 3600 */
  readonly accessTokenSeconds?: number;
  /** Members to add to the metadata, or to take away with undefined. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** A request as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly body: URLSearchParams;
  readonly authorization: string | null;
}

/** What a test may put in the way of one request: an answer of its own, or undefined to let the server answer. */
export type Interception = (request: SeenRequest) => Response | Promise<Response> | undefined;

export interface FakeServer {
  readonly issuer: string;
  readonly fetch: typeof globalThis.fetch;
  readonly requests: readonly SeenRequest[];
  /** Plays the person at the authorization endpoint; the URL their browser is redirected to. */
  authorize(authorizationUrl: string, decision?: "allow" | "deny"): string;
  /** Every token, code and the like handed out so far: what must be found nowhere else. */
  readonly secrets: readonly string[];
  /** Claims of the next ID tokens, over the right ones; undefined takes one away. */
  idTokenClaims: Readonly<Record<string, unknown>>;
  /** Asked before each request is answered. */
  intercept: Interception | undefined;
  /** Spent refresh tokens that came again. */
  reuses: number;
  /** Ends every grant, as an administrator would. */
  endSessions(): void;
  /** Plays the end-session endpoint; the URL the browser is redirected to. */
  endSession(url: string): string;
}

/** What came from one authorization: all of it ends together. */
interface Grant {
  readonly parameters: URLSearchParams;
  isOver: boolean;
}

export async function createFakeServer(options: FakeServerOptions): Promise<FakeServer> {
  const { clock, issuer = "https://id.example", accessTokenSeconds = 3600 } = options;
  const signer: Signer = await createSigner();
  const codes = new Map<string, URLSearchParams>();
  const accessTokens = new Map<string, { readonly grant: Grant; readonly expiresAt: number }>();
  const refreshTokens = new Map<string, { readonly grant: Grant; spent: boolean }>();
  const requests: SeenRequest[] = [];
  const secrets: string[] = [];

  const issue = (kind: string): string => {
    const secret = `${kind}-${crypto.randomUUID()}`;
    secrets.push(secret);
    return secret;
  };

  const metadata = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/jwks`,
    revocation_endpoint: `${issuer}/revoke`,
    end_session_endpoint: `${issuer}/logout`,
    response_types_supported: ["code"],
    code_challenge_methods_supported: ["S256"],
    id_token_signing_alg_values_supported: ["ES256"],
    authorization_response_iss_parameter_supported: true,
    ...options.metadata,
  };

  async function redeem(body: URLSearchParams): Promise<Response> {
    const parameters = codes.get(body.get("code") ?? "");
    codes.delete(body.get("code") ?? "");
    const challenge = await sha256(body.get("code_verifier") ?? "");
    const holds =
      parameters?.get("code_challenge") === challenge &&
      parameters.get("redirect_uri") === body.get("redirect_uri") &&
      parameters.get("client_id") === body.get("client_id");
    if (!holds) return json({ error: "invalid_grant", error_description: "the code does not hold" }, 400);
    return issueTokens({ parameters, isOver: false });
  }

  /** Rotates at each use; a spent token that comes again ends the grant. */
  async function refresh(body: URLSearchParams): Promise<Response> {
    const known = refreshTokens.get(body.get("refresh_token") ?? "");
    const isReplay = known?.spent === true;
    if (isReplay) known.grant.isOver = true;
    if (isReplay) server.reuses++;
    if (!known || known.grant.isOver || known.grant.parameters.get("client_id") !== body.get("client_id"))
      return json({ error: "invalid_grant" }, 400);
    known.spent = true;
    return issueTokens(known.grant);
  }

  async function issueTokens(grant: Grant): Promise<Response> {
    const scope = grant.parameters.get("scope") ?? "";
    const accessToken = issue("access");
    accessTokens.set(accessToken, { grant, expiresAt: clock.now() + accessTokenSeconds * 1000 });
    const refreshToken = scope.includes("offline_access") ? issue("refresh") : undefined;
    if (refreshToken) refreshTokens.set(refreshToken, { grant, spent: false });
    return json({
      access_token: accessToken,
      token_type: "Bearer",
      expires_in: accessTokenSeconds,
      scope,
      ...(refreshToken ? { refresh_token: refreshToken } : {}),
      ...(scope.includes("openid") ? { id_token: await idToken(grant.parameters) } : {}),
    });
  }

  function revoke(body: URLSearchParams): Response {
    const token = body.get("token") ?? "";
    const grant = refreshTokens.get(token)?.grant ?? accessTokens.get(token)?.grant;
    if (grant) grant.isOver = true;
    return new Response(null, { status: 200 });
  }

  function api(authorization: string | null): Response {
    const known = accessTokens.get(authorization?.replace("Bearer ", "") ?? "");
    if (known && !known.grant.isOver && known.expiresAt > clock.now())
      return json({ sub: "ada", name: "Ada Lovelace" });
    return new Response(null, {
      status: 401,
      headers: { "www-authenticate": 'Bearer error="invalid_token"' },
    });
  }

  async function idToken(parameters: URLSearchParams): Promise<string> {
    const now = Math.floor(clock.now() / 1000);
    const token = await signer.sign({
      iss: issuer,
      sub: "ada",
      aud: parameters.get("client_id"),
      iat: now,
      exp: now + 3600,
      nonce: parameters.get("nonce"),
      ...server.idTokenClaims,
    });
    secrets.push(token);
    return token;
  }

  async function answer(request: SeenRequest): Promise<Response> {
    switch (`${request.method} ${request.path}`) {
      case "GET /.well-known/openid-configuration":
        return json(metadata);
      case "GET /jwks":
        return json({ keys: [signer.publicJwk] });
      case "POST /token":
        return request.body.get("grant_type") === "refresh_token"
          ? refresh(request.body)
          : redeem(request.body);
      case "POST /revoke":
        return revoke(request.body);
      case "GET /userinfo":
      case "GET /api":
      case "POST /api":
        return api(request.authorization);
      default:
        return json({ error: "not_found" }, 404);
    }
  }

  const server: FakeServer = {
    issuer,
    requests,
    secrets,
    idTokenClaims: {},
    intercept: undefined,
    reuses: 0,
    endSessions() {
      for (const { grant } of accessTokens.values()) grant.isOver = true;
    },
    endSession(url) {
      const { searchParams: asked } = new URL(url);
      if (secrets.includes(asked.get("id_token_hint") ?? "")) server.endSessions();
      const back = new URL(asked.get("post_logout_redirect_uri") ?? "");
      back.searchParams.set("state", asked.get("state") ?? "");
      return back.href;
    },
    async fetch(input, init) {
      init?.signal?.throwIfAborted();
      const sent = new Request(input, init);
      const request: SeenRequest = {
        method: sent.method,
        path: new URL(sent.url).pathname,
        body: new URLSearchParams(await sent.text()),
        authorization: sent.headers.get("authorization"),
      };
      requests.push(request);
      return (await server.intercept?.(request)) ?? answer(request);
    },
    authorize(authorizationUrl, decision = "allow") {
      const { searchParams: asked } = new URL(authorizationUrl);
      const redirect = new URL(asked.get("redirect_uri") ?? "");
      redirect.searchParams.set("state", asked.get("state") ?? "");
      redirect.searchParams.set("iss", issuer);
      if (decision === "deny") {
        redirect.searchParams.set("error", "access_denied");
      } else {
        const code = issue("code");
        codes.set(code, asked);
        redirect.searchParams.set("code", code);
      }
      return redirect.href;
    },
  };
  return server;
}

function json(body: unknown, status = 200): Response {
  return Response.json(body, { status, headers: { "cache-control": "no-store" } });
}

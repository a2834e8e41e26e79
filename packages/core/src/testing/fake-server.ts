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
}

interface Grant {
  readonly parameters: URLSearchParams;
  readonly accessToken: string;
}

export async function createFakeServer(options: FakeServerOptions): Promise<FakeServer> {
  const { clock, issuer = "https://id.example", accessTokenSeconds = 3600 } = options;
  const signer: Signer = await createSigner();
  const codes = new Map<string, URLSearchParams>();
  const grants = new Map<string, Grant>();
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
    const accessToken = issue("access");
    grants.set(accessToken, { parameters, accessToken });
    const scope = parameters.get("scope") ?? "";
    return json({
      access_token: accessToken,
      token_type: "Bearer",
      expires_in: accessTokenSeconds,
      scope,
      ...(scope.includes("offline_access") ? { refresh_token: issue("refresh") } : {}),
      ...(scope.includes("openid") ? { id_token: await idToken(parameters) } : {}),
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
        return redeem(request.body);
      case "GET /userinfo":
      case "GET /api": {
        const known = grants.has(request.authorization?.replace("Bearer ", "") ?? "");
        if (known) return json({ sub: "ada", name: "Ada Lovelace" });
        return new Response(null, {
          status: 401,
          headers: { "www-authenticate": 'Bearer error="invalid_token"' },
        });
      }
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

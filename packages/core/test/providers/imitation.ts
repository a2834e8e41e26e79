// A provider on the wire: the fake server behind the provider's own addresses, with its answers in the provider's shape.
import type { AuthConfig } from "../../src/index.js";
import {
  createFakeClock,
  createFakePorts,
  createFakeServer,
  type FakePorts,
  type FakeServer,
} from "../../src/testing/index.js";

type Json = Record<string, unknown>;

export interface Differences {
  /** Where its endpoints are, by their names in the metadata; what is not here it does not have. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** An address of its API. */
  readonly api: string;
  /** The secret that the client must show, and how; absent: it must show none. */
  readonly client?: {
    readonly secret: string;
    readonly method?: "client_secret_post" | "client_secret_basic";
  };
  /** Parameters without which the authorization endpoint does not do what the app needs. */
  readonly wants?: Readonly<Record<string, string>>;
  /** More of the metadata, or its `issuer` where that is another. */
  readonly metadata?: Json;
  /** Over those of its ID tokens. */
  readonly claims?: Json;
  /** Its token answers, made from those of the fake server. */
  readonly tokens?: (body: Json) => Json;
  /** Its refusals of a token request: `status` and body, made from an error of RFC 6749 5.2. */
  readonly refusal?: (body: Json) => { readonly status: number; readonly body: Json };
  /** Its device authorization answers. */
  readonly device?: (body: Json) => Json;
  /** Its API answers 401 without a challenge. */
  readonly hasBareApi?: true;
  /** Refresh tokens stay as they are, and are not sent again. */
  readonly keepsRefreshTokens?: boolean;
  readonly givesRefreshTokens?: boolean;
}

const PATHS: Readonly<Record<string, string>> = {
  authorization_endpoint: "/authorize",
  token_endpoint: "/token",
  userinfo_endpoint: "/userinfo",
  jwks_uri: "/jwks",
  revocation_endpoint: "/revoke",
  end_session_endpoint: "/logout",
  device_authorization_endpoint: "/device",
};

export interface Imitation {
  readonly server: FakeServer;
  readonly ports: FakePorts;
}

export async function imitate(config: AuthConfig, differs: Differences): Promise<Imitation> {
  const { endpoints, api, client, wants = {}, givesRefreshTokens = true } = differs;
  const clock = createFakeClock();
  const server = await createFakeServer({
    clock,
    offers: ["device"],
    ...(client && {
      clientAuth: { secret: client.secret, ...(client.method && { methods: [client.method] }) },
    }),
  });
  server.idTokenClaims = { iss: config.issuer ?? config.server?.issuer, ...differs.claims };
  if (differs.keepsRefreshTokens) server.refreshGraceSeconds = Number.POSITIVE_INFINITY;

  const own = new Map([
    ...Object.entries(endpoints).map(([name, url]) => [url, `${server.issuer}${PATHS[name]}`] as const),
    [api, `${server.issuer}/api`],
  ]);
  const issuer = String(config.issuer ?? config.server?.issuer);
  const document = String(
    config.metadataUrl ?? `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`,
  );
  const metadata = {
    issuer,
    response_types_supported: ["code"],
    id_token_signing_alg_values_supported: ["ES256"],
    ...endpoints,
    ...differs.metadata,
  };

  /** The fake server gives refresh tokens for `offline_access` alone. */
  function withOffline(parameters: URLSearchParams): void {
    const scope = parameters.get("scope") ?? "";
    if (givesRefreshTokens && !scope.includes("offline_access"))
      parameters.set("scope", `${scope} offline_access`.trim());
  }

  const fetch: typeof globalThis.fetch = async (input, init) => {
    const asked = new URL(input instanceof Request ? input.url : input);
    if (asked.href === document) return Response.json(metadata);
    const [address] = asked.href.split("?");
    const at = own.get(address!);
    if (at === undefined) return new Response("Not found", { status: 404 });
    const { body } = init ?? {};
    const form = body instanceof URLSearchParams ? new URLSearchParams(body) : undefined;
    if (form && at.endsWith("/device")) withOffline(form);
    const response = await server.fetch(at + asked.search, { ...init, ...(form && { body: form }) });
    return reshape(response, at, form);
  };

  async function reshape(response: Response, at: string, form?: URLSearchParams): Promise<Response> {
    if (at.endsWith("/api") && differs.hasBareApi && response.status === 401)
      return Response.json({ message: "Bad credentials" }, { status: 401 });
    if (!at.endsWith("/token") && !at.endsWith("/device")) return response;
    const body = (await response.json()) as Json;
    if (at.endsWith("/device"))
      return Response.json(differs.device?.(body) ?? body, { status: response.status });
    if (!response.ok) {
      const said = differs.refusal?.(body) ?? { status: response.status, body };
      return Response.json(said.body, { status: said.status });
    }
    const { refresh_token, ...rest } = body;
    const isKept = differs.keepsRefreshTokens && form?.get("grant_type") === "refresh_token";
    const whole = {
      ...rest,
      scope: config.scope ?? "openid",
      ...(isKept || !refresh_token ? {} : { refresh_token }),
    };
    return Response.json(differs.tokens?.(whole) ?? whole);
  }

  const ports = createFakePorts({
    clock,
    server,
    async person(url, { listener }) {
      const visited = new URL(url);
      if (!visited.searchParams.has("response_type")) {
        const sentOn = await listener.visit(url);
        if (typeof sentOn === "string") await listener.visit(server.endSession(sentOn));
        return;
      }
      if (!url.startsWith(endpoints["authorization_endpoint"]!))
        throw new Error(`The browser is sent to ${url}`);
      for (const [name, value] of Object.entries(wants))
        if (visited.searchParams.get(name) !== value) throw new Error(`${name} is not ${value}`);
      withOffline(visited.searchParams);
      const back = new URL(server.authorize(`${server.issuer}/authorize${visited.search}`));
      back.searchParams.delete("iss");
      await listener.visit(back.href);
    },
  });
  return { server, ports: { ...ports, fetch } };
}

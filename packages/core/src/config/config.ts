// The configuration: checked in full before anything happens, defaults filled in once.
import { CHECKED_PARAMETERS, OWN_PARAMETERS } from "./reserved-parameters.js";
import { AuthError } from "../ground/errors.js";
import type { Notice } from "./notices.js";
import { issuerNames, resolveIssuer } from "./issuer.js";
import { isSecureUrl } from "./secure-url.js";
import {
  callback,
  checkLoopback,
  notNegative,
  oneOf,
  positive,
  refuseUnknown,
  text,
  wrongOption,
} from "./option-checks.js";

/** Server metadata by its names in RFC 8414 2 and OpenID Connect Discovery 3, for servers without discovery. */
export interface ServerMetadata {
  readonly issuer: string;
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  readonly userinfo_endpoint?: string;
  readonly jwks_uri?: string;
  readonly [name: string]: unknown;
}

/** Which server, which client, and how. Checked in full by `createAuthClient`; an unknown name is a mistake too. */
export interface AuthConfig {
  /**
   * Issuer identifier, exactly as the server writes it (RFC 8414 3.3: a slash too many is another one); endpoints come from
   * its discovery document. This or `server`, not both.
   */
  readonly issuer?: string | URL;
  /** Metadata of a server that has no discovery document. This or `issuer`, not both. */
  readonly server?: ServerMetadata;
  /** Of a public client (RFC 6749 2.1): there is no secret to configure. */
  readonly clientId: string;
  /** Space-separated. @default 'openid offline_access' */
  readonly scope?: string;
  /**
   * Loopback redirect URIs exactly as registered, in order of preference. Without a port any port is used
   * (RFC 8252 7.3), with one exactly that; the first that can be bound is taken.
   * @default ['http://127.0.0.1/callback']
   */
  readonly redirectUris?: readonly string[];
  /**
   * Where the browser comes back to after signing out, as registered; the same rules as for `redirectUris`. An empty
   * list: do not visit the server.
   * @default ['http://127.0.0.1/logged-out']
   */
  readonly postLogoutRedirectUris?: readonly string[];
  /** More parameters of the authorization request: `audience`, `ui_locales` and the like. @default {} */
  readonly authorizationParams?: Readonly<Record<string, string>>;
  /**
   * The resource servers the access token is for (RFC 8707): absolute URIs, without a fragment. Sent with every
   * authorization, device authorization and token request.
   * @default []
   */
  readonly resource?: string | readonly string[];
  /** Where `client.fetch` may send the access token; the issuer's origin is always among them. @default [] */
  readonly apiOrigins?: readonly string[];
  /**
   * The way in. `loopback`: the browser on this machine (RFC 8252). `device`: a code to type in on any device
   * (RFC 8628). `auto`: `loopback`, and `device` where no browser opens and the server offers it.
   * @default 'auto'
   */
  readonly flow?: Flow;
  /**
   * Whether the authorization request is pushed to the server first (RFC 9126). `auto`: where the server requires it.
   * @default 'auto'
   */
  readonly par?: "auto" | "always" | "never";
  /**
   * Binds every session to a key of its own (RFC 9449): a stolen token is of no use without it. The server must offer
   * it; a bearer token is refused then. Tokens are used through `client.fetch`, which adds the proofs.
   * @default false
   */
  readonly dpop?: boolean;
  /**
   * `memory`: the access token is minted again in every process. `store`: it is kept beside the refresh token, so that
   * short-lived processes need no request while it is valid.
   * @default 'memory'
   */
  readonly keepAccessToken?: "memory" | "store";
  /** Mint an access token as soon as a stored session is found; false: at first need. @default true */
  readonly refreshOnStart?: boolean;
  /** How long a person has to sign in, in milliseconds. @default 300_000 */
  readonly signInTimeoutMs?: number;
  /** Limit of each request to the server, in milliseconds. @default 30_000 */
  readonly requestTimeoutMs?: number;
  /** How far the server's clock may be off, in seconds. @default 30 */
  readonly clockToleranceSeconds?: number;
  /** Told what happened and was dealt with: a stray request, a browser that did not open. No secrets. */
  readonly onNotice?: (notice: Notice) => void;
}

/** The ways in: see `flow` of {@link AuthConfig}. */
export type Flow = "auto" | "loopback" | "device";

export const FLOWS: readonly Flow[] = ["auto", "loopback", "device"];

export interface ResolvedConfig {
  readonly issuer: URL;
  /** What the server must call itself: as it was written, or as one may write the URL that was given. */
  readonly issuerNames: readonly string[];
  readonly server?: ServerMetadata;
  readonly clientId: string;
  readonly scope: string;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  readonly keepAccessToken: "memory" | "store";
  readonly refreshOnStart: boolean;
  readonly authorizationParams: Readonly<Record<string, string>>;
  readonly resource: readonly string[];
  readonly apiOrigins: ReadonlySet<string>;
  readonly flow: Flow;
  readonly par: "auto" | "always" | "never";
  readonly dpop: boolean;
  readonly signInTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly clockToleranceSeconds: number;
  readonly onNotice: (notice: Notice) => void;
}

export const OPTION_NAMES: Readonly<Record<keyof AuthConfig, true>> = {
  issuer: true,
  server: true,
  clientId: true,
  scope: true,
  redirectUris: true,
  postLogoutRedirectUris: true,
  authorizationParams: true,
  resource: true,
  apiOrigins: true,
  flow: true,
  par: true,
  dpop: true,
  keepAccessToken: true,
  refreshOnStart: true,
  signInTimeoutMs: true,
  requestTimeoutMs: true,
  clockToleranceSeconds: true,
  onNotice: true,
};

/** Checks the configuration and fills in the defaults. Throws `invalid_config`, or `insecure_endpoint` for http. */
export function resolveConfig(config: AuthConfig): ResolvedConfig {
  if (typeof config !== "object" || config === null)
    throw new AuthError(
      "invalid_config",
      "createAuthClient() takes an object with at least issuer and clientId.",
    );
  refuseUnknown(config, Object.keys(OPTION_NAMES));
  const issuer = resolveIssuer(config);
  return {
    issuer,
    issuerNames: issuerNames(config, issuer),
    ...(config.server === undefined ? {} : { server: config.server }),
    clientId: text("clientId", config.clientId, "the identifier the server gave your app"),
    scope: text("scope", config.scope ?? "openid offline_access", 'a list like "openid offline_access"'),
    redirectUris: resolveRedirectUris(config.redirectUris),
    postLogoutRedirectUris: loopbackUris(
      "postLogoutRedirectUris",
      config.postLogoutRedirectUris ?? ["http://127.0.0.1/logged-out"],
    ),
    keepAccessToken: oneOf("keepAccessToken", config.keepAccessToken ?? "memory", ["memory", "store"]),
    refreshOnStart: oneOf("refreshOnStart", config.refreshOnStart ?? true, [true, false]),
    authorizationParams: resolveParams(config.authorizationParams ?? {}),
    resource: resolveResource(config.resource ?? []),
    flow: oneOf("flow", config.flow ?? "auto", FLOWS),
    par: oneOf("par", config.par ?? "auto", ["auto", "always", "never"]),
    dpop: oneOf("dpop", config.dpop ?? false, [true, false]),
    apiOrigins: new Set([issuer.origin, ...resolveOrigins(config.apiOrigins ?? [])]),
    signInTimeoutMs: positive("signInTimeoutMs", config.signInTimeoutMs ?? 300_000, "milliseconds"),
    requestTimeoutMs: positive("requestTimeoutMs", config.requestTimeoutMs ?? 30_000, "milliseconds"),
    clockToleranceSeconds: notNegative(
      "clockToleranceSeconds",
      config.clockToleranceSeconds ?? 30,
      "seconds",
    ),
    onNotice: callback("onNotice", config.onNotice) ?? (() => {}),
  };
}

function resolveRedirectUris(uris: readonly string[] = ["http://127.0.0.1/callback"]): readonly string[] {
  if (Array.isArray(uris) && uris.length === 0)
    throw wrongOption("redirectUris", 'must name at least one URI, like ["http://127.0.0.1/callback"]');
  return loopbackUris("redirectUris", uris);
}

function loopbackUris(name: string, uris: readonly string[]): readonly string[] {
  const isList = Array.isArray(uris) && uris.every((uri) => typeof uri === "string");
  if (!isList) throw wrongOption(name, 'must be a list of strings, like ["http://127.0.0.1/callback"]');
  checkLoopback(name, uris);
  return [...uris];
}

function resolveParams(params: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (typeof params !== "object" || params === null || Array.isArray(params))
    throw wrongOption(
      "authorizationParams",
      'must be an object, like { audience: "https://api.example.com" }',
    );
  for (const [name, value] of Object.entries(params)) {
    if (OWN_PARAMETERS.has(name))
      throw wrongOption("authorizationParams", `may not set "${name}": the library sets it. Leave it out`);
    if (Object.hasOwn(CHECKED_PARAMETERS, name))
      throw wrongOption(
        "authorizationParams",
        `may not set "${name}": what comes of it is checked. Write signIn({ ${CHECKED_PARAMETERS[name]} })`,
      );
    if (typeof value !== "string") throw wrongOption("authorizationParams", `must map "${name}" to a string`);
  }
  return { ...params };
}

function resolveResource(given: string | readonly string[]): readonly string[] {
  const resources: readonly unknown[] = Array.isArray(given) ? given : [given];
  for (const resource of resources) {
    if (typeof resource !== "string" || !URL.canParse(resource))
      throw wrongOption(
        "resource",
        'must be an absolute URI, or a list of them, like "https://api.example.com"',
      );
    if (resource.includes("#"))
      throw wrongOption("resource", `has a fragment in ${JSON.stringify(resource)}`);
  }
  return [...resources] as string[];
}

function resolveOrigins(origins: readonly string[]): readonly string[] {
  if (!Array.isArray(origins))
    throw wrongOption("apiOrigins", 'must be a list, like ["https://api.example.com"]');
  return origins.map(resolveOrigin);
}

function resolveOrigin(origin: string): string {
  if (!URL.canParse(origin))
    throw wrongOption("apiOrigins", `has ${JSON.stringify(origin)}. Write "https://api.example.com"`);
  const url = new URL(origin);
  if (url.href !== `${url.origin}/`)
    throw wrongOption(
      "apiOrigins",
      `has more than an origin in ${JSON.stringify(origin)}. Write "${url.origin}"`,
    );
  if (!isSecureUrl(url))
    throw wrongOption(
      "apiOrigins",
      `has ${JSON.stringify(origin)}, which is not https. Write "https://${url.host}"`,
    );
  return url.origin;
}

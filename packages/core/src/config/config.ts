// The configuration: checked in full before anything happens, defaults filled in once.
import { AuthError } from "../ground/errors.js";
import type { Secret } from "../ground/secret.js";
import { resolveApiOrigins, type TokenTarget } from "./api-origins.js";
import {
  FLOWS,
  OPTION_NAMES,
  type AuthConfig,
  type Flow,
  type ResponseMode,
  type ServerMetadata,
  type TokenEndpointAuthMethod,
} from "./auth-config.js";
import { resolveClientAuth } from "./client-auth.js";
import { resolveEndSessionUrl } from "./end-session-url.js";
import { resolveIdTokenIssuers } from "./id-token-issuer.js";
import { issuerNames, resolveIssuer, resolveMetadataUrl } from "./issuer.js";
import type { Notice } from "./notices.js";
import {
  callback,
  checkLoopback,
  notNegative,
  oneOf,
  positive,
  refuseUnknown,
  scopeOf,
  text,
  wrongOption,
} from "./option-checks.js";
import {
  authorizationParams,
  bearerTokenTypes,
  checkResponseMode,
  resources,
  responseMembers,
  tokenParams,
} from "./request-options.js";
import { resolveSecretExpiry } from "./secret-expiry.js";

export interface ResolvedConfig {
  readonly issuer: URL;
  /** What the server must call itself: as it was written, or as one may write the URL that was given. */
  readonly issuerNames: readonly string[];
  readonly server?: ServerMetadata;
  readonly metadataUrl?: URL;
  /** What `iss` of an ID token may be, with claims in it; empty: the issuer of the metadata. */
  readonly idTokenIssuers: readonly string[];
  readonly clientId: string;
  readonly clientSecret?: Secret<string>;
  /** Epoch milliseconds; absent: it does not end, or there is none. */
  readonly clientSecretExpiresAt?: number;
  readonly tokenEndpointAuthMethod?: TokenEndpointAuthMethod;
  readonly scope: string;
  /** The app wrote none: the server's list has a say. */
  readonly isDefaultScope: boolean;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  /** With names of values in braces. */
  readonly endSessionUrl?: string;
  readonly keepAccessToken: "memory" | "store";
  readonly refreshOnStart: boolean;
  readonly authorizationParams: Readonly<Record<string, string>>;
  readonly tokenParams: Readonly<Record<string, string>>;
  readonly responseMode: ResponseMode;
  readonly keepResponseMembers: readonly string[];
  /** In lower case. */
  readonly bearerTokenTypes: readonly string[];
  readonly resource: readonly string[];
  /** By origin, which token is for it. */
  readonly apiOrigins: ReadonlyMap<string, TokenTarget>;
  readonly flow: Flow;
  readonly par: "auto" | "always" | "never";
  readonly dpop: boolean;
  readonly signInTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly clockToleranceSeconds: number;
  readonly onNotice: (notice: Notice) => void;
}

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
    ...resolveMetadataUrl(config),
    idTokenIssuers: resolveIdTokenIssuers(config.idTokenIssuer),
    clientId: text("clientId", config.clientId, "the identifier the server gave your app"),
    ...resolveClientAuth(config),
    ...resolveSecretExpiry(config),
    scope: scopeOf("scope", config.scope ?? "openid offline_access"),
    isDefaultScope: config.scope === undefined,
    redirectUris: resolveRedirectUris(config.redirectUris),
    postLogoutRedirectUris: loopbackUris(
      "postLogoutRedirectUris",
      config.postLogoutRedirectUris ?? ["http://127.0.0.1/logged-out"],
    ),
    ...resolveEndSessionUrl(config.endSessionUrl),
    keepAccessToken: oneOf("keepAccessToken", config.keepAccessToken ?? "memory", ["memory", "store"]),
    refreshOnStart: oneOf("refreshOnStart", config.refreshOnStart ?? true, [true, false]),
    authorizationParams: authorizationParams(config.authorizationParams ?? {}),
    tokenParams: tokenParams(config.tokenParams ?? {}),
    responseMode: resolveResponseMode(config),
    keepResponseMembers: responseMembers(config.keepResponseMembers ?? []),
    bearerTokenTypes: bearerTokenTypes(config.bearerTokenTypes ?? [], config.dpop ?? false),
    resource: resources("resource", config.resource ?? []),
    flow: oneOf("flow", config.flow ?? "auto", FLOWS),
    par: oneOf("par", config.par ?? "auto", ["auto", "always", "never"]),
    dpop: oneOf("dpop", config.dpop ?? false, [true, false]),
    apiOrigins: resolveApiOrigins(issuer, config.apiOrigins ?? []),
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

function resolveResponseMode({ responseMode = "query", flow = "auto" }: AuthConfig): ResponseMode {
  const mode = oneOf<ResponseMode>("responseMode", responseMode, ["query", "form_post"]);
  checkResponseMode(mode, flow);
  return mode;
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

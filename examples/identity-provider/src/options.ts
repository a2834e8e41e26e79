// What the caller may set, and the defaults, resolved once.
import type { IdentityProviderEvent, IssuedSecret } from "./events.js";
import { type FeatureOptions, type ResolvedFeatures, resolveFeatures, seconds } from "./feature-options.js";

export interface AccountOptions {
  readonly username: string;
  readonly password: string;
  readonly name: string;
  readonly email: string;
  /** What the second step asks for (`stepUp`). @default ONE_TIME_CODE */
  readonly oneTimeCode?: string;
}

export const ONE_TIME_CODE = "246810";

/** A public native client: PKCE, no secret, `authorization_code` and `refresh_token`. */
export interface ClientOptions {
  readonly clientId: string;
  /** Shown on the consent page. @default `clientId` */
  readonly name?: string;
  /** Matched exactly or, on a loopback host, with any port (RFC 8252 7.3). */
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris?: readonly string[];
  /** It gets only tokens bound to a key (RFC 9449 5.2); needs `dpop`. @default false */
  readonly dpopBoundAccessTokens?: boolean;
}

export interface IdentityProviderOptions extends FeatureOptions {
  /** 0: one from the OS. @default 0 */
  readonly port?: number;
  /** The loopback host to listen on; it is part of the issuer. @default "127.0.0.1" */
  readonly host?: string;
  /** @default 3600 */
  readonly accessTokenSeconds?: number;
  /** @default 3600 */
  readonly idTokenSeconds?: number;
  /** Counted again from each rotation. @default 1_209_600 (14 days) */
  readonly refreshTokenSeconds?: number;
  /** How long a spent refresh token still gives tokens: what a client does whose answer was lost. @default 0 */
  readonly refreshGraceSeconds?: number;
  /** The first one is the result's `clientId`. @default the client `loopkey-demo` */
  readonly clients?: readonly ClientOptions[];
  /** The first one is the result's `account`, and the login page names it. @default Ada */
  readonly accounts?: readonly AccountOptions[];
  /** Called with everything worth asserting on. No event carries a token or a code. */
  readonly onEvent?: (event: IdentityProviderEvent) => void;
  /** For tests, which look for them where they must not be: called with every secret, before it is sent. */
  readonly onSecret?: (secret: IssuedSecret) => void;
}

type Plain = Omit<IdentityProviderOptions, "clients" | "accounts" | keyof FeatureOptions>;

export type ResolvedOptions = Required<Plain> & {
  readonly features: ResolvedFeatures;
  readonly clients: readonly [ClientOptions, ...ClientOptions[]];
  readonly accounts: readonly [AccountOptions, ...AccountOptions[]];
};

const DEMO_ACCOUNT: AccountOptions = {
  username: "ada",
  password: "loopkey",
  name: "Ada Lovelace",
  email: "ada@example.com",
};

const HOSTS = ["http://127.0.0.1", "http://[::1]", "http://localhost"];

const DEMO_CLIENT: ClientOptions = {
  clientId: "loopkey-demo",
  name: "Loopkey demo",
  redirectUris: HOSTS.map((host) => `${host}/callback`),
  postLogoutRedirectUris: HOSTS.map((host) => `${host}/logged-out`),
};

export function resolveOptions(options: IdentityProviderOptions): ResolvedOptions {
  return {
    port: options.port ?? 0,
    host: options.host ?? "127.0.0.1",
    accessTokenSeconds: seconds("accessTokenSeconds", options.accessTokenSeconds ?? 3600),
    idTokenSeconds: seconds("idTokenSeconds", options.idTokenSeconds ?? 3600),
    refreshTokenSeconds: seconds("refreshTokenSeconds", options.refreshTokenSeconds ?? 14 * 24 * 3600),
    refreshGraceSeconds: grace(options.refreshGraceSeconds ?? 0),
    clients: atLeastOne("clients", options.clients ?? [DEMO_CLIENT]),
    accounts: atLeastOne("accounts", options.accounts ?? [DEMO_ACCOUNT]),
    features: resolveFeatures(options),
    onEvent: options.onEvent ?? (() => {}),
    onSecret: options.onSecret ?? (() => {}),
  };
}

function grace(value: number): number {
  if (value === 0) return value;
  return seconds("refreshGraceSeconds", value);
}

function atLeastOne<T>(name: string, [first, ...rest]: readonly T[]): readonly [T, ...T[]] {
  if (first === undefined) throw new TypeError(`${name} must not be empty`);
  return [first, ...rest];
}

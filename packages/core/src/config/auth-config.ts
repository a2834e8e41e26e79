// What an app configures: which server, which client, and how. config.ts checks it.
import type { Secret } from "../ground/secret.js";
import type { RedirectMode } from "../ports/ports.js";
import type { Notice } from "./notices.js";

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
  /**
   * Where the metadata document is, when it is not where the issuer says. It must still be of `issuer`, to the letter; no
   * redirect is followed. Not beside `server`. @default OpenID Connect Discovery 4, then RFC 8414 3
   */
  readonly metadataUrl?: string | URL;
  /**
   * `iss` of the ID tokens, where many tenants stand behind one issuer: text with names of claims in it, like
   * `https://login.example/{tid}/v2.0`, or a list. Each claim of the ID token must be 1 to 128 of `A-Z a-z 0-9 . _ -` then.
   * The issuer that results is kept with the session: each later ID token must be of the same one. For some tenants only,
   * write theirs out.
   * @default the issuer
   */
  readonly idTokenIssuer?: string | readonly string[];
  readonly clientId: string;
  /**
   * Of a server that wants one of native apps too. It is published with the app, so it is none (RFC 8252 8.5): the app stays
   * a public client, and PKCE is what protects it. Kept with the session, for a process that is not given it; in no error,
   * log, URL. May be empty. @default that of the stored session, or none
   */
  readonly clientSecret?: string | Secret<string>;
  /**
   * When `clientSecret` ends, in epoch milliseconds, where a registration said so (RFC 7591 3.2.1): `registerClient` gives both.
   * It is kept with the session and shown in it, a preflight warns from 14 days before, and from then on a sign-in is refused
   * before a browser opens. A refresh still goes out: the server has the word. @default that of the stored session, or never
   */
  readonly clientSecretExpiresAt?: number;
  /**
   * How the client shows its secret (RFC 7591 2). Without a secret to show, a sign-in is refused.
   * @default `none` without a secret; else `client_secret_post` where the server lists it, else `client_secret_basic`
   */
  readonly tokenEndpointAuthMethod?: TokenEndpointAuthMethod;
  /**
   * Space-separated; sent as it is. An empty one asks for nothing by name.
   * @default 'openid offline_access', without `offline_access` where the server lists its scopes and has it not
   */
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
  /**
   * Where the browser signs out, for a server whose metadata names no such address, or with other names of its parameters:
   * `https://id.example.com/logout?client_id={client_id}&logout_uri={post_logout_redirect_uri}`. In braces `client_id`,
   * `post_logout_redirect_uri`, `state`, `id_token_hint`; nothing else is added.
   * @default `end_session_endpoint`, as OpenID Connect RP-Initiated Logout 1.0 2 has it
   */
  readonly endSessionUrl?: string;
  /** More parameters of the authorization request: `audience`, `ui_locales` and the like. @default {} */
  readonly authorizationParams?: Readonly<Record<string, string>>;
  /** More parameters of every token request. They are no place for a secret. @default {} */
  readonly tokenParams?: Readonly<Record<string, string>>;
  /**
   * How the server sends the browser back: with an address, or with a form that the browser posts (OAuth 2.0 Form Post
   * Response Mode). With `form_post` a redirect cannot be pasted, and there is no device flow. @default 'query'
   */
  readonly responseMode?: ResponseMode;
  /**
   * Members of the token answer that `session.response` shows: strings up to 2,048 characters, numbers and booleans. Never
   * a token, nor what equals one. @default []
   */
  readonly keepResponseMembers?: readonly string[];
  /**
   * Words of the server's own for a bearer token, like `["user"]`: what it writes as `token_type` (RFC 6749 7.1), whatever the
   * case. A token of any other type is refused; one without a type is taken for Bearer. Not beside `dpop`. @default []
   */
  readonly bearerTokenTypes?: readonly string[];
  /**
   * The resource servers the access token is for (RFC 8707): absolute URIs, without a fragment. Sent with every
   * authorization, device authorization and token request.
   * @default []
   */
  readonly resource?: string | readonly string[];
  /**
   * Where `client.fetch` may send an access token; the issuer's origin is always among them. One with a `resource` or a
   * `scope` gets a token of its own (as `getAccessToken({ resource, scope })` gives it), and no other origin gets that. @default []
   */
  readonly apiOrigins?: readonly (string | ApiOrigin)[];
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

/** How the server sends the browser back: see `responseMode` of {@link AuthConfig}. */
export type ResponseMode = RedirectMode;

/** By its names in RFC 7591 2. */
export type TokenEndpointAuthMethod = "none" | "client_secret_post" | "client_secret_basic";

/** An API with a token of its own. */
export interface ApiOrigin {
  readonly origin: string;
  /** What the token is for (RFC 8707 2.2): an absolute URI without a fragment. */
  readonly resource?: string;
  /** Space-separated. */
  readonly scope?: string;
}

export const OPTION_NAMES: Readonly<Record<keyof AuthConfig, true>> = {
  issuer: true,
  server: true,
  metadataUrl: true,
  idTokenIssuer: true,
  clientId: true,
  clientSecret: true,
  clientSecretExpiresAt: true,
  tokenEndpointAuthMethod: true,
  scope: true,
  redirectUris: true,
  postLogoutRedirectUris: true,
  endSessionUrl: true,
  authorizationParams: true,
  tokenParams: true,
  responseMode: true,
  keepResponseMembers: true,
  bearerTokenTypes: true,
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

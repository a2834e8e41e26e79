// What the server made of a registration (RFC 7591 3.2.1): it may change what was asked, but not into something else
// than a public client that can sign people in.
import {
  isOfKind,
  MEMBERS,
  type ClientMetadata,
  type MemberKind,
  type RegistrationRequest,
} from "./client-metadata.js";
import type { ServerLack } from "../ground/error-codes.js";
import { AuthError } from "../ground/errors.js";
import type { TokenEndpointAuthMethod } from "../config/auth-config.js";
import { isSecureUrl } from "../config/secure-url.js";
import { Secret } from "../ground/secret.js";

/** The metadata as the server has it: members that this library knows, where the answer has them. */
export interface RegisteredMetadata extends Omit<ClientMetadata, "grant_types"> {
  readonly application_type?: string;
  readonly token_endpoint_auth_method?: string;
  readonly grant_types?: readonly string[];
  readonly response_types?: readonly string[];
}

/** A member that the server has otherwise than it was asked. */
export interface MetadataDifference {
  readonly name: keyof RegistrationRequest;
  readonly asked: unknown;
  /** Absent: the answer does not have the member, so the server did not take it. */
  readonly registered?: unknown;
}

/** What `registerClient` resolves with. */
export interface RegisteredClient {
  /** For `clientId` of the configuration. */
  readonly clientId: string;
  readonly metadata: RegisteredMetadata;
  /** What the server has otherwise than asked; the order of lists does not count. */
  readonly differences: readonly MetadataDifference[];
  /** What the client must show at the token endpoint, where the server insists: for `clientSecret` of the configuration. */
  readonly clientSecret?: Secret<string>;
  /** For the option of that name, beside `clientSecret`. */
  readonly tokenEndpointAuthMethod?: TokenEndpointAuthMethod;
  /** When the secret ends (RFC 7591 3.2.1), in epoch milliseconds: for the option of that name. Absent: never, or there is none. */
  readonly clientSecretExpiresAt?: number;
  /** The server issued a `client_secret` to a client that shows none. It was dropped. */
  readonly discardedSecret: boolean;
  /** For managing the registration (RFC 7592), which this library does not do. */
  readonly registrationAccessToken?: Secret<string>;
  readonly registrationClientUri?: Secret<string>;
}

const ANSWERED = {
  ...MEMBERS,
  application_type: "text",
  token_endpoint_auth_method: "text",
  response_types: "list",
} as const satisfies Record<keyof RegisteredMetadata, MemberKind>;

/**
 * Reads the answer. Throws `invalid_response` where a member is not what it must be, `insecure_endpoint` for a
 * `registration_client_uri` that is not https, and `unsupported_by_server` where the client cannot be used: it would need
 * a key or a secret that was not given, or lacks the code flow or every redirect URI.
 */
export function readRegistration(
  answer: Readonly<Record<string, unknown>>,
  asked: RegistrationRequest,
): RegisteredClient {
  const clientId = text(answer, "client_id") ?? "";
  // VSCHAR (RFC 6749 A.1): it goes into URLs and onto terminals.
  if (!/^[\u0020-\u007e]+$/.test(clientId)) throw broken("client_id");
  const metadata = readMetadata(answer);
  const auth = readAuth(answer, metadata.token_endpoint_auth_method);
  checkUsable(metadata, asked);
  const token = text(answer, "registration_access_token");
  const uri = text(answer, "registration_client_uri");
  if (uri !== undefined) checkManagementUri(uri);
  return {
    clientId,
    metadata,
    differences: findDifferences(asked, metadata),
    ...auth,
    ...(token === undefined ? {} : { registrationAccessToken: new Secret(token) }),
    ...(uri === undefined ? {} : { registrationClientUri: new Secret(uri) }),
  };
}

function readMetadata(answer: Readonly<Record<string, unknown>>): RegisteredMetadata {
  const known = Object.entries(ANSWERED).filter(([name]) => present(answer[name]));
  for (const [name, kind] of known) if (!isOfKind(kind, answer[name])) throw broken(name);
  return Object.fromEntries(known.map(([name]) => [name, answer[name]])) as RegisteredMetadata;
}

const SECRET_METHODS: readonly string[] = ["client_secret_post", "client_secret_basic"];

/** A secret is of use where the client is to show it, and only there. */
function readAuth(
  answer: Readonly<Record<string, unknown>>,
  said: string | undefined,
): Pick<
  RegisteredClient,
  "clientSecret" | "tokenEndpointAuthMethod" | "clientSecretExpiresAt" | "discardedSecret"
> {
  const secret = text(answer, "client_secret");
  // A secret and no word of how it is used: that is client_secret_basic (RFC 7591 2).
  const method = said ?? (secret === undefined ? "none" : "client_secret_basic");
  if (method === "none") return { discardedSecret: secret !== undefined };
  if (!SECRET_METHODS.includes(method))
    throw unusable("only with a key, which a native app cannot keep", "token_endpoint_auth_method");
  if (secret === undefined)
    throw unusable("only with a secret, and gives none", "token_endpoint_auth_method");
  const { client_secret_expires_at: seconds = 0 } = answer;
  if (!Number.isSafeInteger(seconds) || Number(seconds) < 0) throw broken("client_secret_expires_at");
  return {
    clientSecret: new Secret(secret),
    tokenEndpointAuthMethod: method as TokenEndpointAuthMethod,
    // 0: never.
    ...(seconds === 0 ? {} : { clientSecretExpiresAt: Number(seconds) * 1000 }),
    discardedSecret: false,
  };
}

function checkUsable(metadata: RegisteredMetadata, asked: RegistrationRequest): void {
  const { redirect_uris: uris } = metadata;
  if (metadata.grant_types && !metadata.grant_types.includes("authorization_code"))
    throw unusable("without the authorization code grant", "grant_types");
  if (metadata.response_types && !metadata.response_types.includes("code"))
    throw unusable("without the response type code", "response_types");
  if (uris && !uris.some((uri) => asked.redirect_uris?.includes(uri)))
    throw unusable("without any of its redirect URIs", "redirect_uris");
}

function checkManagementUri(uri: string): void {
  if (!URL.canParse(uri)) throw broken("registration_client_uri");
  if (!isSecureUrl(new URL(uri)))
    throw new AuthError("insecure_endpoint", "The server's registration_client_uri is not https.", {
      detail: "registration_client_uri",
    });
}

function findDifferences(asked: RegistrationRequest, registered: RegisteredMetadata): MetadataDifference[] {
  return (Object.keys(asked) as (keyof RegistrationRequest)[]).flatMap((name) => {
    if (asked[name] === undefined || comparable(name, asked[name]) === comparable(name, registered[name]))
      return [];
    const has = registered[name] === undefined ? {} : { registered: registered[name] };
    return [{ name, asked: asked[name], ...has }];
  });
}

function comparable(name: string, value: unknown): string {
  const isScope = name === "scope" && typeof value === "string";
  const list: unknown = isScope ? value.split(" ").filter(Boolean) : value;
  // Sorted as JSON: any order will do, as long as it is the same for both.
  return Array.isArray(list)
    ? JSON.stringify(list.map((each) => JSON.stringify(each)).toSorted(inOrder))
    : JSON.stringify([list]);
}

function inOrder(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Servers in languages without undefined write null. */
function present(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function text(answer: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = answer[name];
  if (!present(value)) return undefined;
  if (!isOfKind("text", value)) throw broken(name);
  return value as string;
}

function broken(name: string): AuthError {
  return new AuthError("invalid_response", `The registration endpoint sent a ${name} that makes no sense.`, {
    detail: name,
  });
}

function unusable(how: string, detail: ServerLack): AuthError {
  return new AuthError("unsupported_by_server", `The server registers this client ${how}.`, {
    detail,
    hint: "Ask the operator of the server to register it by hand, as a native public client.",
  });
}

// What `login` and `doctor` are told of a server on the command line: read, and joined with what is remembered.
import { readFile } from "node:fs/promises";
import { AuthError } from "@loopkey/core/light";
import type { ApiOrigin, AuthConfig, ServerMetadata } from "@loopkey/core";
import { DEFAULT_STORE } from "../../profiles/store.js";
import type { Profile } from "../../profiles/profile.js";

/** For `doctor`, which loads this file too. */
export { withThisMachine } from "./this-machine.js";

/** As parsed. */
export interface LoginGlobals {
  readonly profile?: string;
  readonly issuer?: string;
  readonly clientId?: string;
  readonly metadata?: string;
  readonly idTokenIssuer?: readonly string[];
  readonly clientSecretFile?: string;
  readonly clientSecretExpiresAt?: string;
  readonly tokenEndpointAuthMethod?: string;
  readonly scope?: string;
  readonly param?: readonly string[];
  readonly tokenParam?: readonly string[];
  readonly resource?: readonly string[];
  readonly apiOrigin?: readonly string[];
  readonly responseMode?: string;
  readonly keepResponseMember?: readonly string[];
  readonly bearerTokenType?: readonly string[];
  readonly dpop?: boolean;
  readonly keepAccessToken?: boolean;
  readonly redirectUri?: readonly string[];
  readonly postLogoutRedirectUri?: readonly string[];
  readonly endSessionUrl?: string;
  readonly store?: string;
  /** Of `doctor`: whether it is the device flow that should work. `login` says it to the command itself. */
  readonly device?: boolean;
}

/** A document or a secret is far below. */
const LONGEST_FILE = 1_048_576;

type Server = Pick<Profile, "issuer" | "clientId" | "server" | "metadataUrl">;

/**
 * A command line that names the server says all; one that does not goes by what is remembered, option by option. `missing`
 * says what to run instead.
 */
export async function profileFrom(
  globals: LoginGlobals,
  remembered: Profile | undefined,
  missing: (options: string) => AuthError,
): Promise<Profile> {
  const base = (await serverFrom(globals, missing)) ?? remembered;
  if (!base) throw missing("--issuer URL and --client-id ID");
  const { scope, resource, responseMode, dpop, keepAccessToken, store } = globals;
  const said = {
    idTokenIssuer: globals.idTokenIssuer,
    tokenEndpointAuthMethod: globals.tokenEndpointAuthMethod,
    scope,
    authorizationParams: paramsFrom("--param", globals.param),
    tokenParams: paramsFrom("--token-param", globals.tokenParam),
    resource,
    apiOrigins: globals.apiOrigin?.map(apiOriginFrom),
    responseMode,
    keepResponseMembers: globals.keepResponseMember,
    bearerTokenTypes: globals.bearerTokenType,
    dpop,
    keepAccessToken: keepAccessToken === undefined ? undefined : keepAccessToken ? "store" : "memory",
    redirectUris: globals.redirectUri,
    postLogoutRedirectUris: globals.postLogoutRedirectUri,
    endSessionUrl: globals.endSessionUrl,
    store,
  } satisfies Record<Exclude<keyof Profile, keyof Server>, unknown>;
  const given = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
  return { store: DEFAULT_STORE.kind, ...base, ...given };
}

/** Undefined where the command line names none. */
async function serverFrom(
  { issuer, clientId, metadata }: LoginGlobals,
  missing: (options: string) => AuthError,
): Promise<Server | undefined> {
  if (issuer === undefined && clientId === undefined && metadata === undefined) return undefined;
  const where = metadata === undefined ? {} : await readMetadata(metadata);
  const name = issuer ?? where.server?.issuer;
  const lacks = [name === undefined && "--issuer URL", clientId === undefined && "--client-id ID"];
  if (name === undefined || clientId === undefined) throw missing(lacks.filter(Boolean).join(" and "));
  if (where.server && where.server.issuer !== name)
    throw wrong(
      "--metadata",
      `is of another issuer than --issuer names: ${JSON.stringify(where.server.issuer)}`,
    );
  return { issuer: name, clientId, ...where };
}

/** A file is remembered as it is now; an address is asked each time. */
async function readMetadata(place: string): Promise<Pick<Server, "server" | "metadataUrl">> {
  if (/^https?:/i.test(place)) return { metadataUrl: place };
  let server: unknown;
  try {
    server = JSON.parse(await readText("--metadata", place));
  } catch (error) {
    if (error instanceof AuthError) throw error;
    throw wrong("--metadata", `names ${place}, which is not JSON`);
  }
  const issuer = (server as { readonly issuer?: unknown } | null)?.issuer;
  if (typeof issuer !== "string") throw wrong("--metadata", `names ${place}, which has no "issuer"`);
  return { server: server as ServerMetadata };
}

/** From a file: a command line is seen by everybody on the machine, and stays in the shell's history. */
export async function readClientSecret({
  clientSecretFile: path,
  clientSecretExpiresAt: end,
}: LoginGlobals): Promise<Pick<AuthConfig, "clientSecret" | "clientSecretExpiresAt">> {
  if (path === undefined && end !== undefined)
    throw wrong("--client-secret-expires-at", "stands without --client-secret-file, whose end it would be");
  if (path === undefined) return {};
  const secret = (await readText("--client-secret-file", path)).replace(/\r?\n$/, "");
  if (/[\r\n]/.test(secret))
    throw wrong("--client-secret-file", `names ${path}, which has more than one line`);
  const at = end === undefined ? undefined : timeOf(end);
  return { clientSecret: secret, ...(at === undefined ? {} : { clientSecretExpiresAt: at }) };
}

/** In seconds, as the server wrote it (RFC 7591 3.2.1), where 0 is never; or a date. */
function timeOf(text: string): number | undefined {
  if (text === "0") return undefined;
  const at = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (Number.isNaN(at))
    throw wrong("--client-secret-expires-at", `has ${JSON.stringify(text)}. Write a date like 2027-01-31`);
  return at;
}

async function readText(option: string, path: string): Promise<string> {
  try {
    const text = await readFile(path, "utf8");
    if (text.length <= LONGEST_FILE) return text;
  } catch (error) {
    throw wrong(option, `names a file that cannot be read: ${(error as Error).message}`, error);
  }
  throw wrong(option, `names ${path}, which is too long`);
}

/** `ORIGIN`, or with a token of its own: `ORIGIN resource=URI scope=NAMES`, a scope with spaces between its names. */
function apiOriginFrom(text: string): string | ApiOrigin {
  const [origin = "", ...words] = text.trim().split(/\s+/);
  if (words.length === 0) return text;
  const said = words.map((word) => /^(?:(resource|scope)=)?(.*)$/s.exec(word) ?? []);
  const entry: { origin: string; resource?: string; scope?: string } = { origin };
  for (const [, name, value = ""] of said) {
    if (name === "resource" && entry.resource === undefined) entry.resource = value;
    else if (name === "scope" && entry.scope === undefined) entry.scope = value;
    else if (name === undefined && entry.scope !== undefined) entry.scope += ` ${value}`;
    else throw wrong("--api-origin", `has ${JSON.stringify(text)}. Write "ORIGIN resource=URI scope=NAMES"`);
  }
  return entry;
}

function paramsFrom(
  option: string,
  pairs: readonly string[] | undefined,
): Record<string, string> | undefined {
  if (!pairs) return undefined;
  const params: [string, string][] = [];
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at < 1) throw wrong(option, `has ${JSON.stringify(pair)}. Write NAME=VALUE`);
    params.push([pair.slice(0, at), pair.slice(at + 1)]);
  }
  return Object.fromEntries(params);
}

function wrong(option: string, why: string, cause?: unknown): AuthError {
  return new AuthError("invalid_config", `The option ${option} ${why.replace(/\.$/, "")}.`, {
    detail: option,
    cause,
  });
}

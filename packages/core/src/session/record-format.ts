// What a stored record may hold, and what it must. Programs of several versions share it: members that one does not know are
// handed on, and the version rises only where an older program would do harm.
import type { TokenTarget } from "../config/api-origins.js";
import type { RecordFault } from "../ground/error-codes.js";
import { AuthError } from "../ground/errors.js";
import type { Secret } from "../ground/secret.js";
import type { RefusedGrant } from "./refused-in-other-words.js";
import type { OthersMembers, PrivateJwk, ResponseMembers } from "./session.js";

export const VERSION = 1;

/** The `detail` of a record that is whole but not ours to read: it is left where it is. */
export const NEWER_VERSION = "newer version" satisfies RecordFault;

/** What is written here. */
interface OwnMembers {
  readonly v: number;
  readonly sessionId: string;
  readonly generation: number;
  readonly issuer: string;
  readonly clientId: string;
  readonly subject?: string | undefined;
  /** `iss` of the ID token: with `subject`, who it is. Of older records it is that of `idToken`. */
  readonly idTokenIssuer?: string | undefined;
  readonly refreshToken?: string | undefined;
  /** Whoever reads it must not take what the refresh token brings for the subject's: an ID token has to say so. */
  readonly subjectInDoubt?: boolean | undefined;
  /** How many answers in a row have not said whose they are since then. */
  readonly answersInDoubt?: number | undefined;
  readonly idToken?: string | undefined;
  readonly scope: readonly string[];
  /** The private key that the tokens are bound to (RFC 9449). */
  readonly dpopKey?: PrivateJwk | undefined;
  /** Of a client that has one (RFC 6749 2.3.1), as it was used last. */
  readonly clientSecret?: string | undefined;
  /** When that ends, where it was said: epoch milliseconds. */
  readonly clientSecretExpiresAt?: number | undefined;
  /** The members of the token answer that the app wants to see. */
  readonly response?: ResponseMembers | undefined;
  /** Where the person signed in: `machineId` of the ports. */
  readonly machine?: string | undefined;
  /** Epoch milliseconds. */
  readonly savedAt: number;
  /** Only where the app asked to keep it. */
  readonly accessToken?: StoredToken | undefined;
  /** Access tokens for other APIs, only where the app asked to keep them. */
  readonly tokens?: readonly StoredApiToken[] | undefined;
}

export type StoredApiToken = StoredToken & TokenTarget;

interface StoredToken {
  readonly value: string;
  /** Epoch milliseconds. */
  readonly expiresAt?: number | undefined;
}

/** Checked, and handed on as they are where nothing else is known. */
interface LaterMembers {
  /** The server took the refresh token of this generation for no good, in its own words: it is not sent again. */
  readonly refused?: RefusedGrant;
  readonly endpoints?: RecordedServer;
}

/** Where the refresh token may go, and a hash of the metadata and the keys that are kept beside (`serverCache` of the ports). */
export interface RecordedServer {
  readonly token: string;
  readonly hash?: string;
}

export interface StoredRecord extends OwnMembers, LaterMembers {}

/** A new one wants a record with it among the fixtures of the tests: every later version reads that. */
export const OWN: Readonly<Record<keyof OwnMembers, true>> = {
  v: true,
  sessionId: true,
  generation: true,
  issuer: true,
  clientId: true,
  subject: true,
  idTokenIssuer: true,
  refreshToken: true,
  subjectInDoubt: true,
  answersInDoubt: true,
  idToken: true,
  scope: true,
  dpopKey: true,
  clientSecret: true,
  clientSecretExpiresAt: true,
  response: true,
  machine: true,
  savedAt: true,
  accessToken: true,
  tokens: true,
};

/** `accessToken`: what is made of the kept one. */
export function othersMembers(record: StoredRecord, accessToken: Secret<string> | undefined): OthersMembers {
  const others = Object.entries(record).filter(([name]) => !Object.hasOwn(OWN, name));
  const { value: _, expiresAt: __, ...members } = record.accessToken ?? {};
  return {
    record: Object.fromEntries(others),
    ...(accessToken === undefined ? {} : { accessToken: { of: accessToken, members } }),
  };
}

/** Throws `record_corrupt`. */
export function parseRecord(text: string): StoredRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw corrupt("not JSON");
  }
  if (!isObject(value)) throw corrupt("not an object");
  const record: Partial<Record<keyof StoredRecord, unknown>> = value;
  // A newer version of this app has written it, and will want it back.
  if (typeof record.v === "number" && record.v > VERSION)
    throw new AuthError("record_corrupt", "The stored session was written by a newer version of this app.", {
      detail: NEWER_VERSION,
      hint: "Update this app, or sign in again; that replaces it.",
    });
  if (record.v !== VERSION) throw corrupt("v");
  for (const [name, holds] of Object.entries(CHECKS) as [keyof typeof CHECKS, Check][])
    if (!holds(record[name])) throw corrupt(name);
  return value as unknown as StoredRecord;
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isCount: Check = (value) => Number.isSafeInteger(value);
const isPlain: Check = (value) => ["string", "number", "boolean"].includes(typeof value);
const isTime: Check = (value) => Number.isFinite(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
/** With these members at least: others are for whoever knows them. */
const withMembers =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isObject(value) && Object.entries(checks).every(([name, holds]) => holds(value[name]));

const storedToken = { value: isText, expiresAt: optional(isTime) };

const CHECKS: Readonly<Record<Exclude<RecordFault & keyof StoredRecord, "v">, Check>> = {
  sessionId: isText,
  generation: isCount,
  issuer: isText,
  clientId: isText,
  subject: optional(isText),
  idTokenIssuer: optional(isText),
  refreshToken: optional(isText),
  answersInDoubt: optional(isCount),
  idToken: optional(isText),
  scope: listOf(isText),
  savedAt: isTime,
  // An EC private key (RFC 7518 6.2).
  dpopKey: optional(
    withMembers({ kty: (kty) => kty === "EC", crv: isText, x: isText, y: isText, d: isText }),
  ),
  machine: optional(isText),
  accessToken: optional(withMembers(storedToken)),
  clientSecret: optional(isText),
  clientSecretExpiresAt: optional(isTime),
  response: optional((value) => isObject(value) && Object.values(value).every(isPlain)),
  refused: optional(
    withMembers({
      generation: isCount,
      error: isText,
      claims: optional(isText),
      description: optional(isText),
    }),
  ),
  tokens: optional(
    listOf(withMembers({ ...storedToken, resource: optional(isText), scope: optional(isText) })),
  ),
  endpoints: optional(withMembers({ token: isText, hash: optional(isText) })),
};

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** Names the member, never the text: it holds secrets. */
export function corrupt(detail: RecordFault): AuthError {
  return new AuthError("record_corrupt", "The stored session cannot be read.", { detail });
}

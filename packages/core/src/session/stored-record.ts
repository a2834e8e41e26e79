// The stored session: one line of JSON, versioned. The only place that writes or reads it.
import type { ResolvedConfig } from "../config/config.js";
import type { RecordFault } from "../ground/error-codes.js";
import { AuthError } from "../ground/errors.js";
import { readJwtClaims } from "./jwt-claims.js";
import { isTooDeep } from "../ground/json-depth.js";
import { refreshDueAt, type Random } from "./refresh-schedule.js";
import { Secret } from "../ground/secret.js";
import { claimsToShow, type Claims, type LiveSession, type PrivateJwk } from "./session.js";

const VERSION = 1;

/** The `detail` of a record that is whole but not ours to read: it is left where it is. */
export const NEWER_VERSION = "newer version" satisfies RecordFault;

interface StoredRecord {
  readonly v: number;
  readonly sessionId: string;
  readonly generation: number;
  readonly issuer: string;
  readonly clientId: string;
  readonly subject?: string;
  readonly refreshToken?: string;
  /** Whoever reads it must not take what the refresh token brings for the subject's: an ID token has to say so. */
  readonly subjectInDoubt?: boolean;
  readonly idToken?: string;
  readonly scope: readonly string[];
  /** The private key that the tokens are bound to (RFC 9449). */
  readonly dpopKey?: PrivateJwk;
  /** Epoch milliseconds. */
  readonly savedAt: number;
  /** Only where the app asked to keep it. */
  readonly accessToken?: { readonly value: string; readonly expiresAt?: number };
}

/** The session as text for the store. Holds secrets: hand it to nothing else. */
export function encodeRecord(session: LiveSession, config: ResolvedConfig, savedAt: number): string {
  const { view, tokens } = session;
  const keepsAccessToken = config.keepAccessToken === "store" && tokens.accessToken !== undefined;
  return JSON.stringify({
    v: VERSION,
    sessionId: session.id,
    generation: session.generation,
    issuer: issuerOf(config),
    clientId: config.clientId,
    subject: view.subject,
    refreshToken: tokens.refreshToken?.reveal(),
    subjectInDoubt: session.subjectInDoubt,
    idToken: tokens.idToken?.reveal(),
    scope: view.scope,
    dpopKey: session.dpopKey?.reveal(),
    savedAt,
    accessToken: keepsAccessToken
      ? { value: tokens.accessToken.reveal(), expiresAt: view.accessTokenExpiresAt }
      : undefined,
  });
}

/**
 * The session in a record; undefined when the record is another issuer's or client's, or holds bearer tokens where they are
 * to be bound to a key: it is left alone until a sign-in replaces it. Throws `record_corrupt` for what cannot be read.
 */
export function decodeRecord(text: string, config: ResolvedConfig, random: Random): LiveSession | undefined {
  const record = parse(text);
  if (record.issuer !== issuerOf(config) || record.clientId !== config.clientId) return undefined;
  const { idToken, refreshToken, accessToken, subject, dpopKey } = record;
  if (config.dpop && dpopKey === undefined) return undefined;
  const claims = idToken === undefined ? undefined : claimsOf(idToken);
  const expiresAt = accessToken?.expiresAt;
  return {
    id: record.sessionId,
    generation: record.generation,
    view: {
      scope: record.scope,
      ...(subject === undefined ? {} : { subject }),
      ...(claims === undefined ? {} : { claims }),
      ...(expiresAt === undefined ? {} : { accessTokenExpiresAt: expiresAt }),
    },
    tokens: {
      ...(refreshToken === undefined ? {} : { refreshToken: new Secret(refreshToken) }),
      ...(idToken === undefined ? {} : { idToken: new Secret(idToken) }),
      ...(accessToken === undefined ? {} : { accessToken: new Secret(accessToken.value) }),
    },
    ...(dpopKey === undefined ? {} : { dpopKey: new Secret(dpopKey) }),
    ...(record.subjectInDoubt === true ? { subjectInDoubt: true } : {}),
    ...(expiresAt === undefined ? {} : { refreshDueAt: refreshDueAt(record.savedAt, expiresAt, random) }),
  };
}

/** As servers write it: without the slash that URL adds to an origin. */
function issuerOf({ issuer }: ResolvedConfig): string {
  return issuer.pathname === "/" ? issuer.origin : issuer.href;
}

function parse(text: string): StoredRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw corrupt("not JSON");
  }
  if (typeof value !== "object" || value === null) throw corrupt("not an object");
  const record = value as Partial<Record<keyof StoredRecord, unknown>>;
  // A newer version of this app has written it, and will want it back.
  if (typeof record.v === "number" && record.v > VERSION)
    throw new AuthError("record_corrupt", "The stored session was written by a newer version of this app.", {
      detail: NEWER_VERSION,
      hint: "Update this app, or sign in again; that replaces it.",
    });
  if (record.v !== VERSION) throw corrupt("v");
  const optionalText = (name: "subject" | "refreshToken" | "idToken"): boolean =>
    record[name] === undefined || typeof record[name] === "string";
  const holds: Partial<Record<RecordFault & keyof StoredRecord, boolean>> = {
    sessionId: typeof record.sessionId === "string",
    generation: Number.isSafeInteger(record.generation),
    issuer: typeof record.issuer === "string",
    clientId: typeof record.clientId === "string",
    subject: optionalText("subject"),
    refreshToken: optionalText("refreshToken"),
    idToken: optionalText("idToken"),
    scope: Array.isArray(record.scope) && record.scope.every((each) => typeof each === "string"),
    savedAt: Number.isFinite(record.savedAt),
    dpopKey: isKey(record.dpopKey),
    accessToken: isKeptToken(record.accessToken),
  };
  for (const name of Object.keys(holds) as (keyof typeof holds)[]) if (!holds[name]) throw corrupt(name);
  return value as StoredRecord;
}

function isKeptToken(value: unknown): boolean {
  if (value === undefined) return true;
  if (typeof value !== "object" || value === null) return false;
  const { value: token, expiresAt } = value as { value?: unknown; expiresAt?: unknown };
  return typeof token === "string" && (expiresAt === undefined || Number.isFinite(expiresAt));
}

/** An EC private key (RFC 7518 6.2). */
function isKey(value: unknown): boolean {
  if (value === undefined) return true;
  if (typeof value !== "object" || value === null) return false;
  const key = value as Partial<PrivateJwk>;
  return key.kty === "EC" && [key.crv, key.x, key.y, key.d].every((part) => typeof part === "string");
}

/** The claims were validated when the token came; it has been in our store since. */
function claimsOf(idToken: string): Claims {
  const claims = readJwtClaims(idToken);
  if (!claims || isTooDeep(claims)) throw corrupt("idToken");
  return claimsToShow(claims);
}

/** Names the member, never the text: it holds secrets. */
function corrupt(detail: RecordFault): AuthError {
  return new AuthError("record_corrupt", "The stored session cannot be read.", { detail });
}

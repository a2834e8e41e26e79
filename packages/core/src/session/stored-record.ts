// The session as it is stored: one line of JSON. Written and read here only; what it may hold stands in record-format.ts.
import type { ResolvedConfig } from "../config/config.js";
import { AuthError } from "../ground/errors.js";
import { isTooDeep } from "../ground/json-depth.js";
import { Secret } from "../ground/secret.js";
import type { SteadyClock } from "../ports/steady-clock.js";
import { fromStoredToken, toStoredToken } from "./api-tokens.js";
import { readJwtClaims } from "./jwt-claims.js";
import {
  corrupt,
  othersMembers,
  parseRecord,
  VERSION,
  type RecordedServer,
  type StoredRecord,
} from "./record-format.js";
import { refreshDueAt, type Random } from "./refresh-schedule.js";
import { claimsToShow, type Claims, type LiveSession } from "./session.js";

/** Where a record is written or read. */
export interface RecordPlace {
  readonly clock: SteadyClock;
  /** Which machine this is; absent where it is not known. */
  readonly machine: string | undefined;
  /** @default what the session was read with */
  readonly endpoints?: RecordedServer | undefined;
}

/** The session as text for the store. Holds secrets: hand it to nothing else. */
export function encodeRecord(
  session: LiveSession,
  config: ResolvedConfig,
  { clock, machine, endpoints = recordedServer(session) }: RecordPlace,
): string {
  const { view, tokens } = session;
  const others = session.others?.reveal();
  const record: StoredRecord = {
    ...others?.record,
    v: VERSION,
    sessionId: session.id,
    generation: session.generation,
    issuer: issuerOf(config),
    clientId: config.clientId,
    subject: view.subject,
    idTokenIssuer: session.idTokenIssuer,
    refreshToken: tokens.refreshToken?.reveal(),
    subjectInDoubt: session.subjectInDoubt,
    answersInDoubt: session.answersInDoubt,
    idToken: tokens.idToken?.reveal(),
    scope: view.scope,
    dpopKey: session.dpopKey?.reveal(),
    clientSecret: session.clientSecret?.reveal(),
    clientSecretExpiresAt: view.clientSecretExpiresAt,
    response: view.response,
    ...(session.refused === undefined ? {} : { refused: session.refused }),
    ...(endpoints === undefined ? {} : { endpoints }),
    machine: machine ?? session.machine,
    savedAt: clock.wall(),
    accessToken: undefined,
    tokens: undefined,
  };
  const { accessToken } = tokens;
  const { accessTokenExpiresAt: at } = view;
  // Not to the millisecond: what is saved again is the same again.
  const toWall = (time: number): number => clock.shown(time);
  const isKept = config.keepAccessToken === "store";
  // Those that a program which keeps them has stored stay with the record.
  const apiTokens = session.apiTokens?.filter(({ members }) => isKept || members !== undefined);
  return JSON.stringify({
    ...record,
    accessToken:
      isKept && accessToken
        ? {
            // What another version knows of this very token.
            ...(others?.accessToken?.of === accessToken ? others.accessToken.members : {}),
            value: accessToken.reveal(),
            expiresAt: at === undefined ? undefined : toWall(at),
          }
        : undefined,
    tokens: apiTokens?.map((each) => toStoredToken(each, toWall)),
  });
}

/**
 * The session in a record; undefined when the record is another issuer's or client's, or holds bearer tokens where they are
 * to be bound to a key: it is left alone until a sign-in replaces it. Throws `record_corrupt` for what cannot be read, and
 * `sign_in_required` for what was copied from another machine.
 */
export function decodeRecord(
  text: string,
  config: ResolvedConfig,
  { clock, machine, random }: RecordPlace & { readonly random: Random },
): LiveSession | undefined {
  const record = parseRecord(text);
  if (record.issuer !== issuerOf(config) || record.clientId !== config.clientId) return undefined;
  const { idToken, refreshToken, subject, dpopKey, answersInDoubt, clientSecret, response } = record;
  const { clientSecretExpiresAt: secretEndsAt } = record;
  if (config.dpop && dpopKey === undefined) return undefined;
  if (record.machine !== undefined && machine !== undefined && record.machine !== machine) throw copied();
  const claims = idToken === undefined ? undefined : claimsOf(idToken);
  const idTokenIssuer = record.idTokenIssuer ?? textOf(claims?.["iss"]);
  const fromWall = (at: number): number => at - clock.shown(0);
  const isKept = (each: Ending): boolean => isCredible(each, record, clock.wall());
  const kept = record.accessToken && isKept(record.accessToken) ? record.accessToken : undefined;
  const others = record.tokens?.filter(isKept);
  const accessToken = kept && new Secret(kept.value);
  const expiresAt = kept?.expiresAt === undefined ? undefined : fromWall(kept.expiresAt);
  return {
    id: record.sessionId,
    generation: record.generation,
    view: {
      scope: record.scope,
      ...(subject === undefined ? {} : { subject }),
      ...(claims === undefined ? {} : { claims: claimsToShow(claims) }),
      ...(response === undefined ? {} : { response }),
      ...(expiresAt === undefined ? {} : { accessTokenExpiresAt: expiresAt }),
      ...(secretEndsAt === undefined ? {} : { clientSecretExpiresAt: secretEndsAt }),
    },
    tokens: {
      ...(refreshToken === undefined ? {} : { refreshToken: new Secret(refreshToken) }),
      ...(idToken === undefined ? {} : { idToken: new Secret(idToken) }),
      ...(accessToken === undefined ? {} : { accessToken }),
    },
    ...(idTokenIssuer === undefined ? {} : { idTokenIssuer }),
    ...(clientSecret === undefined ? {} : { clientSecret: new Secret(clientSecret) }),
    ...(dpopKey === undefined ? {} : { dpopKey: new Secret(dpopKey) }),
    ...(record.subjectInDoubt === true ? { subjectInDoubt: true } : {}),
    ...(answersInDoubt === undefined ? {} : { answersInDoubt }),
    ...(others && {
      apiTokens: others.map((each) => fromStoredToken(each, record.savedAt, random, fromWall)),
    }),
    ...(record.refused === undefined ? {} : { refused: record.refused }),
    ...(record.machine === undefined ? {} : { machine: record.machine }),
    others: new Secret(othersMembers(record, accessToken)),
    ...(expiresAt === undefined
      ? {}
      : { refreshDueAt: refreshDueAt(fromWall(record.savedAt), expiresAt, random) }),
  };
}

/** What the record that it was read from says of the server. */
export function recordedServer(session: LiveSession | undefined): RecordedServer | undefined {
  return session?.others?.reveal().record["endpoints"] as RecordedServer | undefined;
}

/** Whether a record is of this client at this server, whatever else is the matter with it. */
export function isOfClient(text: string, config: ResolvedConfig): boolean {
  try {
    const { issuer, clientId } = parseRecord(text);
    return issuer === issuerOf(config) && clientId === config.clientId;
  } catch {
    return false;
  }
}

/** As servers write it: without the slash that URL adds to an origin. */
function issuerOf({ issuer }: ResolvedConfig): string {
  return issuer.pathname === "/" ? issuer.origin : issuer.href;
}

interface Ending {
  readonly expiresAt?: number | undefined;
}

/** What a clock may be set back by without a word. */
const SET_BACK_MS = 60_000;

/**
 * Whether the times of a kept access token can be true by today's clock. One with an end that was saved later than now would live
 * longer than it was given.
 */
function isCredible({ expiresAt }: Ending, { savedAt }: StoredRecord, wall: number): boolean {
  return savedAt <= wall + (expiresAt === undefined ? SET_BACK_MS : 0);
}

/** A home directory that was copied, an image that was restored: both machines would send the same refresh token. */
function copied(): AuthError {
  return new AuthError("sign_in_required", "The stored session was copied here from another machine.", {
    detail: "another machine",
    hint: "Sign in on this machine too. The session of the other one stays as it is.",
  });
}

/** The claims were validated when the token came; it has been in our store since. */
function claimsOf(idToken: string): Claims {
  const claims = readJwtClaims(idToken);
  if (!claims || isTooDeep(claims)) throw corrupt("idToken");
  return claims;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

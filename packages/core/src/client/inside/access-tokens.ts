// Access tokens for whoever asks: the one in memory while it is good, else a fresh one, asked for once for all callers.
import type { AccessTokenOptions } from "../../config/access-token-options.js";
import { AuthError, fromReason } from "../../ground/errors.js";
import { checkAccessTokenOptions } from "../../config/access-token-options.js";
import type { Clock } from "../../ports/ports.js";
import type { StampWatch } from "../../session/stamp-watch.js";
import { grantRefused, isGrantRefused } from "../../session/refused-in-other-words.js";
import { hasAccessToken, isGoodFor, type AccessToken } from "../../session/session.js";
import { lookElsewhere } from "./look-elsewhere.js";
import { abandonable, isMinting, isSettled, until, type AuthActor, type AuthSnapshot } from "./until.js";

/** For a request to arrive with it. */
const LONG_ENOUGH_MS = 10_000;

/** For an API that refuses the token while the server cannot give another. */
const TRIES_IN_A_ROW = 3;

export interface AccessTokens {
  /** Rejects as `getAccessToken` of the client does. */
  get(options?: AccessTokenOptions): Promise<AccessToken>;
  /** A token in place of one that a server refused: the one that came meanwhile, else a fresh one. */
  renew(refused: AccessToken): Promise<AccessToken>;
}

export function createAccessTokens(actor: AuthActor, clock: Clock, watch: StampWatch): AccessTokens {
  const giving = new Map<number | undefined, Promise<AccessToken>>();
  let refreshing: Promise<AuthSnapshot> | undefined;

  /** One for all who ask for the same while it goes on: a thousand calls are no more work than one. */
  function given(minValidityMs: number | undefined): Promise<AccessToken> {
    const known = giving.get(minValidityMs);
    if (known) return known;
    const token = give({ minValidityMs }).finally(() => giving.delete(minValidityMs));
    giving.set(minValidityMs, token);
    return token;
  }

  async function give(
    options: Omit<AccessTokenOptions, "minValidityMs"> & {
      readonly minValidityMs?: number | undefined;
      readonly refused?: AccessToken;
    },
  ): Promise<AccessToken> {
    const { minValidityMs, forceRefresh = false, signal, refused } = options;
    const ahead = forceRefresh ? undefined : servedMeanwhile(minValidityMs);
    if (ahead !== undefined) return ahead;
    const before = await settled(signal);
    if (refused !== undefined && isAnother(before, refused)) return reveal(before);
    const { session: known } = before.context;
    if (!forceRefresh && known && isGoodFor(known, clock.now(), minValidityMs)) return reveal(before);
    const isForced = forceRefresh && refused === undefined;
    const mayAsk = shouldAsk(before, forceRefresh, isForced);
    const after = mayAsk ? await refreshed(isForced, signal) : before;
    const isNew = after.context.session?.tokens.accessToken !== before.context.session?.tokens.accessToken;
    const { session } = after.context;
    const stillServes = session !== undefined && hasAccessToken(session, clock.now() + (minValidityMs ?? 0));
    if (isNew ? session && hasAccessToken(session, clock.now()) : stillServes && !forceRefresh)
      return reveal(after);
    throw whyNot(after);
  }

  /** While another process holds the lock, or the way to the server is bad, nobody waits who has a token that is good for a request. */
  function servedMeanwhile(minValidityMs = 0): AccessToken | undefined {
    const snapshot = actor.getSnapshot();
    if (!snapshot.matches("refreshing")) return undefined;
    const { session, lostAnswers } = snapshot.context;
    const isLocking = snapshot.matches({ refreshing: "locking" });
    // They may hold it for a sign-out: the refresh finds out.
    if (isLocking && watch.hasChanged()) return undefined;
    const mayTakeLong = isLocking || snapshot.matches({ refreshing: "checkingPath" }) || lostAnswers > 0;
    if (!mayTakeLong || !session) return undefined;
    const until = clock.now() + Math.max(minValidityMs, LONG_ENOUGH_MS);
    if (!hasAccessToken(session, until)) return undefined;
    return reveal(snapshot);
  }

  /** Settled, and read again if the store could not be read before, or somebody did something elsewhere. */
  async function settled(signal: AbortSignal | undefined): Promise<AuthSnapshot> {
    const hasLooked = await lookElsewhere(actor, watch, signal);
    const snapshot = await until(actor, isKnown, signal);
    if (hasLooked || !snapshot.matches("idle") || !snapshot.can({ type: "wake" })) return snapshot;
    actor.send({ type: "wake" });
    return until(actor, isKnown, signal);
  }

  /** One for all who ask while it goes on. */
  function refreshed(isForced: boolean, signal: AbortSignal | undefined): Promise<AuthSnapshot> {
    refreshing ??= refresh(isForced).finally(() => (refreshing = undefined));
    return abandonable(refreshing, signal);
  }

  function refresh(isForced: boolean): Promise<AuthSnapshot> {
    // Who waited beside us may have asked for another API's token meanwhile.
    if (isMinting(actor.getSnapshot())) return until(actor, isKnown).then(() => refresh(isForced));
    actor.send({ type: "refresh", isForced });
    return until(actor, isKnown);
  }

  /**
   * After a failure the next try has its time; asking at each call would be a storm. Whoever asks on purpose is not made to
   * wait; an API that refuses each token is, once that has come to nothing several times. `isForced`: on purpose, not for an API.
   */
  function shouldAsk(snapshot: AuthSnapshot, forceRefresh: boolean, isForced: boolean): boolean {
    const { degraded, failures } = snapshot.context;
    const isAtOnce = forceRefresh && (isForced || failures < TRIES_IN_A_ROW);
    const mustWait = degraded !== undefined && (degraded.nextRetryAt ?? Infinity) > clock.now() && !isAtOnce;
    return !mustWait && (refreshing !== undefined || snapshot.can({ type: "refresh", isForced }));
  }

  return {
    async get(options = {}) {
      checkAccessTokenOptions(options);
      const { minValidityMs, forceRefresh = false, signal } = options;
      if (forceRefresh) return give(options);
      return servedMeanwhile(minValidityMs) ?? abandonable(given(minValidityMs), signal);
    },
    renew: (refused) => give({ forceRefresh: true, refused }),
  };
}

/** Settled, or signed out with only the browser's visit to come. */
export function isKnown(snapshot: AuthSnapshot): boolean {
  return isSettled(snapshot) || snapshot.matches("visiting");
}

/** Whether there is a token, and not the one that was refused: somebody else has renewed it. */
function isAnother({ context }: AuthSnapshot, { value: refused }: AccessToken): boolean {
  const current = context.session?.tokens.accessToken?.reveal();
  return current !== undefined && current !== refused;
}

function reveal({ context: { session } }: AuthSnapshot): AccessToken {
  const value = session?.tokens.accessToken?.reveal() ?? "";
  return session?.dpopKey ? { value, dpopKey: session.dpopKey } : { value };
}

export function whyNot(snapshot: AuthSnapshot): AuthError {
  const { attempt, session, degraded, reason, isUnread } = snapshot.context;
  if (session?.refused && isGrantRefused(session) && !attempt) return grantRefused(session.refused);
  if (degraded)
    return new AuthError("temporarily_unavailable", `No access token just now: ${degraded.message}`, {
      detail: degraded.code,
      hint: degraded.hint,
    });
  if (attempt)
    return new AuthError("interaction_in_progress", "A sign-in is going on that will bring a token.");
  if (snapshot.matches("visiting")) return new AuthError("signed_out", "You signed out.");
  if (session)
    return new AuthError(
      "sign_in_required",
      "The access token has expired, and the server gave no refresh token.",
    );
  // Nobody knows who is signed in while the store cannot be read, be it for the lock that a damaged record waits for.
  // The other reasons to be idle are a record that is of no use, and a sign-in that failed, which was told to its caller.
  const isOfRecord = reason?.code === "record_corrupt" || reason?.code === "sign_in_required";
  const saysWhy = snapshot.matches("logged-out") || isUnread || isOfRecord;
  if (reason && saysWhy) return fromReason(reason);
  return new AuthError("sign_in_required", "Nobody is signed in.");
}

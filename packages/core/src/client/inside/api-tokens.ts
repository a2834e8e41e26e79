// Access tokens for several APIs from one session (RFC 8707 2.2): each asked for once for all callers, one after the other.
import type { TokenTarget } from "../../config/api-origins.js";
import { abortedCall, AuthError } from "../../ground/errors.js";
import { untilAborted } from "../../ground/until-aborted.js";
import type { Clock } from "../../ports/ports.js";
import { apiTokenFor, isSameTarget } from "../../session/api-tokens.js";
import { retryDelayMs, type Random } from "../../session/refresh-schedule.js";
import type { AccessToken, ApiToken } from "../../session/session.js";
import type { StampWatch } from "../../session/stamp-watch.js";
import { checkAccessTokenOptions, type AccessTokenOptions } from "../../config/access-token-options.js";
import { isKnown, whyNot, type AccessTokens } from "./access-tokens.js";
import { lookElsewhere } from "./look-elsewhere.js";
import { until, type AuthActor, type AuthSnapshot } from "./until.js";

export interface ApiTokensOptions {
  readonly actor: AuthActor;
  readonly clock: Clock;
  readonly watch: StampWatch;
  readonly random: Random;
  /** The session's own. */
  readonly own: AccessTokens;
}

/** The last failure of a target: asking again at each call would rotate the refresh token at each call. */
interface Failed {
  readonly error: AuthError;
  readonly failures: number;
  readonly nextTryAt: number;
  readonly sessionId: string | undefined;
}

function keyOf({ resource, scope }: TokenTarget): string {
  return JSON.stringify([resource, scope]);
}

/** The tokens for a target; those of the session where it names none. */
export function createApiTokens(options: ApiTokensOptions): (target: TokenTarget) => AccessTokens {
  const { actor, clock, watch, random, own } = options;
  const running = new Map<string, Promise<AccessToken>>();
  const failed = new Map<string, Failed>();

  function found({ context: { session } }: AuthSnapshot, target: TokenTarget): ApiToken | undefined {
    return session && apiTokenFor(session, target);
  }

  function reveal({ context: { session } }: AuthSnapshot, { accessToken }: ApiToken): AccessToken {
    const value = accessToken.reveal();
    return session?.dpopKey ? { value, dpopKey: session.dpopKey } : { value };
  }

  function isValid({ expiresAt = Infinity }: ApiToken, ms: number): boolean {
    return expiresAt > clock.now() + ms;
  }

  function isGood(token: ApiToken, minValidityMs: number | undefined): boolean {
    if (minValidityMs !== undefined) return isValid(token, minValidityMs);
    return isValid(token, 0) && (token.dueAt ?? Infinity) > clock.now();
  }

  /** Read again if the store could not be read before, or somebody did something elsewhere. */
  async function settled(): Promise<AuthSnapshot> {
    const hasLooked = await lookElsewhere(actor, watch);
    const snapshot = await until(actor, isKnown);
    if (hasLooked || !snapshot.matches("idle") || !snapshot.can({ type: "wake" })) return snapshot;
    actor.send({ type: "wake" });
    return until(actor, isKnown);
  }

  /** Waits its turn: the refresh token of the one before is spent when this one is sent. */
  async function mint(target: TokenTarget): Promise<AccessToken> {
    // oxlint-disable-next-line no-await-in-loop
    while (!isKnown(actor.getSnapshot())) await until(actor, isKnown);
    const before = actor.getSnapshot();
    if (!before.can({ type: "refresh", target })) throw whyNot(before);
    const [key, sessionId] = [keyOf(target), before.context.session?.id];
    let error: AuthError | undefined;
    let stop = (): void => {};
    // At once: the session may have more to do, when the answer was lost.
    const refused = new Promise<void>((resolve) => {
      const told = actor.on("minted", (event) => {
        if (!isSameTarget(event.target, target)) return;
        error = event.error;
        if (error) resolve();
      });
      stop = () => told.unsubscribe();
    });
    actor.send({ type: "refresh", target });
    await Promise.race([refused, until(actor, isKnown)]).finally(() => stop());
    if (error) {
      const failures = (lastFailure(target, sessionId)?.failures ?? 0) + 1;
      const nextTryAt = clock.now() + retryDelayMs(failures, random, error.retryAfterMs);
      failed.set(key, { error, failures, nextTryAt, sessionId });
      throw error;
    }
    failed.delete(key);
    const after = actor.getSnapshot();
    const token = found(after, target);
    if (!token || token === found(before, target)) throw whyNot(after);
    return reveal(after, token);
  }

  function lastFailure(target: TokenTarget, sessionId: string | undefined): Failed | undefined {
    const last = failed.get(keyOf(target));
    return last?.sessionId === sessionId ? last : undefined;
  }

  function mintOnce(target: TokenTarget): Promise<AccessToken> {
    const key = keyOf(target);
    const minting = running.get(key) ?? mint(target).finally(() => running.delete(key));
    running.set(key, minting);
    return minting;
  }

  async function give(
    target: TokenTarget,
    { minValidityMs, forceRefresh = false }: AccessTokenOptions,
    refused?: AccessToken,
  ): Promise<AccessToken> {
    const snapshot = await settled();
    const kept = found(snapshot, target);
    const token = kept && reveal(snapshot, kept);
    const isRefused = token !== undefined && token.value === refused?.value;
    if (kept && token && !forceRefresh && !isRefused && isGood(kept, minValidityMs)) return token;
    const last = lastFailure(target, snapshot.context.session?.id);
    const mustWait = last !== undefined && last.nextTryAt > clock.now() && !forceRefresh;
    try {
      if (mustWait) throw last.error;
      return await mintOnce(target);
    } catch (error) {
      // As with the session's own: what is still valid serves while there is no other.
      const stillServes = kept && !forceRefresh && !isRefused && isValid(kept, minValidityMs ?? 0);
      if (stillServes && token && error instanceof AuthError && error.retryable) return token;
      throw error;
    }
  }

  return (target) => {
    if (target.resource === undefined && !target.scope) return own;
    return {
      async get(given = {}) {
        checkAccessTokenOptions(given);
        const { signal } = given;
        if (!signal) return give(target, given);
        return untilAborted(signal, () => give(target, given)).catch((error: unknown) => {
          throw signal.aborted ? abortedCall() : error;
        });
      },
      renew: (refused) => give(target, {}, refused),
    };
  };
}

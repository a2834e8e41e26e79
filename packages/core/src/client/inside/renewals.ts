// Which API may have a token renewed: not one that refuses the renewed ones too, for its own reasons.
import { AuthError } from "../../ground/errors.js";
import { Secret } from "../../ground/secret.js";
import type { Clock } from "../../ports/ports.js";
import type { TokenRefusal } from "../../oauth/api-request.js";
import type { AccessToken } from "../../session/session.js";

const FIRST_PAUSE_MS = 300_000;
const LONGEST_PAUSE_MS = 3_600_000;

/** Pauses that an accepted token ends by itself: an API with one path that always refuses accepts on the others. */
const PAUSES_THAT_END_EARLY = 1;

/** Of the last token that was renewed for an origin. */
interface Trial {
  readonly token: Secret<string>;
  /** `paused`: it was refused too. `freed`: and accepted later. */
  readonly stage: "trying" | "paused" | "freed";
  /** Of a pause, in epoch milliseconds. */
  readonly until: number;
  /** In a row. */
  readonly pauses: number;
}

/** What an origin says of a token. `refused`: another may do. `doubted`: the same, by an answer that may mean something else. */
interface TokenAnswer {
  readonly verdict: "accepted" | TokenRefusal | (string & {}) | undefined;
}

interface Renewing<Answer> {
  /** A body that was a stream is gone; everything else can be sent again. */
  readonly mayAskAgain: boolean;
  /** Another token than the one that was refused. */
  readonly renew: () => Promise<AccessToken>;
  /** Lets go of an answer that nobody will read. */
  readonly discard: (answer: Answer) => Promise<void> | void;
}

export interface Renewals {
  /**
   * Told of each answer. Resolves to the renewed token to ask again with, where the answer refuses the one it was asked with and
   * another may do. Rejects with what `renew` rejects with; without it nothing is renewed.
   */
  readonly answered: (
    origin: string,
    token: AccessToken,
    answer: TokenAnswer,
    renew: (() => Promise<AccessToken>) | undefined,
  ) => Promise<AccessToken | undefined>;
  /** Asks, and once more with a renewed token where the first is refused. Rejects with what `ask` and `renew` reject with. */
  readonly asked: <Answer extends TokenAnswer>(
    origin: string,
    token: AccessToken,
    ask: (token: AccessToken) => Promise<Answer>,
    renewing: Renewing<Answer>,
  ) => Promise<Answer>;
}

/**
 * An origin that refuses the renewed token as well has nothing renewed for it until it has accepted one, or for five minutes,
 * then ten, doubling to an hour.
 */
export function createRenewals(clock: Pick<Clock, "now">): Renewals {
  const trials = new Map<string, Trial>();
  const isOf = ({ token }: Trial, { value }: AccessToken): boolean => token.reveal() === value;

  function mayRenew(origin: string, refused: AccessToken): boolean {
    const trial = trials.get(origin);
    if (!trial || trial.stage === "freed") return true;
    if (trial.stage === "paused") return clock.now() >= trial.until;
    if (!isOf(trial, refused)) return true;
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** trial.pauses, LONGEST_PAUSE_MS);
    const until = clock.now() + pauseMs;
    trials.set(origin, { ...trial, stage: "paused", until, pauses: trial.pauses + 1 });
    return false;
  }

  function renewed(origin: string, fresh: AccessToken): void {
    const trial = trials.get(origin);
    const isBeingTried =
      trial?.stage === "trying" || (trial?.stage === "paused" && clock.now() < trial.until);
    // Another call has tried it already.
    if (trial && isBeingTried && isOf(trial, fresh)) return;
    const token = new Secret(fresh.value);
    trials.set(origin, { token, stage: "trying", until: 0, pauses: trial?.pauses ?? 0 });
  }

  function accepted(origin: string, token: AccessToken): void {
    const trial = trials.get(origin);
    if (!trial) return;
    const isRenewed = isOf(trial, token);
    // While one is tried, those before it say nothing.
    if (isRenewed === (trial.stage === "trying")) trials.delete(origin);
    else if (trial.stage === "paused" && trial.pauses <= PAUSES_THAT_END_EARLY)
      trials.set(origin, { ...trial, stage: "freed" });
  }

  async function answered(
    origin: string,
    token: AccessToken,
    { verdict }: TokenAnswer,
    renew: (() => Promise<AccessToken>) | undefined,
  ): Promise<AccessToken | undefined> {
    if (!isRefusal({ verdict })) {
      // Of the one that is tried: whatever is answered, but for a nonce, says nothing against it.
      const trial = trials.get(origin);
      const isTried = trial?.stage === "trying" && isOf(trial, token);
      if (verdict === "accepted" || (isTried && verdict !== "nonce")) accepted(origin, token);
      return undefined;
    }
    if (!mayRenew(origin, token) || !renew) return undefined;
    try {
      const fresh = await renew();
      renewed(origin, fresh);
      return fresh;
    } catch (error) {
      // The answer says more than that there is nothing to renew.
      if (verdict === "doubted" && error instanceof AuthError && error.code === "sign_in_required")
        return undefined;
      throw error;
    }
  }

  return {
    answered,
    async asked(origin, token, ask, { mayAskAgain, renew, discard }) {
      const first = await ask(token);
      const fresh = await answered(origin, token, first, mayAskAgain ? renew : undefined);
      if (!fresh) return first;
      await discard(first);
      let second: TokenAnswer = { verdict: undefined };
      try {
        const answer = await ask(fresh);
        second = answer;
        return answer;
      } finally {
        // With a refusal the pause begins.
        await answered(origin, fresh, second, undefined);
      }
    },
  };
}

function isRefusal({ verdict }: TokenAnswer): boolean {
  return verdict === "refused" || verdict === "doubted";
}

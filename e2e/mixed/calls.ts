// What each program of a mixed run does: calls the API again and again, for so many seconds and so many calls.
import { setTimeout as sleep } from "node:timers/promises";

/** The name under which all of them keep the session: that of the binary. */
export const APP_NAME = "loopkey";

export interface MixedOrder {
  readonly issuer: string;
  readonly clientId: string;
  readonly seconds: number;
  /** At the least. */
  readonly calls: number;
}

/** A line of JSON on the stdout of each, for each way to the API that it has. */
export interface MixedResult {
  readonly through: string;
  /** Answered with 200. */
  readonly calls: number;
  /** What went wrong after the token had been renewed once. */
  readonly failures: readonly string[];
}

export function apiOf({ issuer }: Pick<MixedOrder, "issuer">): string {
  return `${issuer}/api/notes`;
}

/** `call` resolves with the status of the answer. */
export async function callAgainAndAgain(
  through: string,
  { seconds, calls }: MixedOrder,
  call: () => Promise<number>,
): Promise<MixedResult> {
  const end = performance.now() + seconds * 1_000;
  const failures: string[] = [];
  let tries = 0;
  while (performance.now() < end || tries < calls) {
    tries++;
    try {
      // oxlint-disable-next-line no-await-in-loop
      const status = await call();
      if (status !== 200) failures.push(`The API answered ${status}.`);
    } catch (error) {
      failures.push((error as Error).message);
    }
    // oxlint-disable-next-line no-await-in-loop
    await sleep(20 + Math.random() * 230);
  }
  return { through, calls: tries - failures.length, failures };
}

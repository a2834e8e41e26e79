// When sessions come back for their next token: one by itself, and many that signed in together.
import { describe, expect, it } from "vitest";
import { refreshDueAt } from "../../src/session/refresh-schedule.js";
import { DAY, HOUR, MINUTE, SECOND } from "../support/world.js";

const never = (): number => 0;

/** Seeded, for figures that are the same at every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("a refresh is due", () => {
  it.each([
    ["an hour", HOUR, 55 * MINUTE],
    ["ten minutes", 10 * MINUTE, 9 * MINUTE],
    ["thirty days", 30 * DAY, 30 * DAY - 5 * MINUTE],
    ["a minute", MINUTE, 54 * SECOND],
  ])("of a token of %s a tenth before its end, five minutes at the most", (_, life, due) => {
    expect(refreshDueAt(1_000, 1_000 + life, never)).toBe(1_000 + due);
  });

  it("up to a fifth of its life earlier, evenly spread", () => {
    const random = seeded(1);
    const dues = Array.from({ length: 10_000 }, () => refreshDueAt(0, HOUR, random));
    expect(Math.max(...dues)).toBeLessThanOrEqual(55 * MINUTE);
    expect(Math.min(...dues)).toBeGreaterThanOrEqual(43 * MINUTE);
    const mean = dues.reduce((sum, due) => sum + due, 0) / dues.length;
    expect(Math.abs(mean - 49 * MINUTE)).toBeLessThan(10 * SECOND);
  });

  it("never before the token was obtained, whatever its life and the random number are", () => {
    for (const life of [0, 1, 500, SECOND, MINUTE, HOUR, 365 * DAY])
      for (const part of [0, 0.5, 1]) {
        const due = refreshDueAt(7, 7 + life, () => part);
        expect(due).toBeGreaterThanOrEqual(7 + SECOND);
        expect(due).toBeLessThanOrEqual(7 + Math.max(life, SECOND));
      }
  });
});

/** Requests a second over a day, of sessions that signed in within one minute and always refresh when it is due. */
function loadOfADay(sessions: number, random: () => number, jitter: () => number) {
  const perSecond = new Uint32Array(DAY / SECOND);
  for (let session = 0; session < sessions; session++) {
    let at = random() * MINUTE;
    for (;;) {
      at = refreshDueAt(at, at + HOUR, jitter);
      if (at >= DAY) break;
      const second = Math.floor(at / SECOND);
      perSecond[second] = perSecond[second]! + 1;
    }
  }
  const total = perSecond.reduce((sum, count) => sum + count, 0);
  const mean = total / perSecond.length;
  const peakOf = (from: number): number => Math.max(...perSecond.subarray(from / SECOND)) / mean;
  return { total, overall: peakOf(0), afterHalf: peakOf(12 * HOUR) };
}

describe("20,000 sessions that signed in within one minute, for a day", () => {
  const sessions = 20_000;

  it("without a random part come back together all day: over 50 times the mean in a second", () => {
    const { overall, afterHalf, total } = loadOfADay(sessions, seeded(7), never);
    expect(total).toBe(sessions * 26);
    expect(overall).toBeGreaterThan(50);
    expect(afterHalf).toBeGreaterThan(50);
  });

  it("with it the first wave is spread over twelve minutes, and in the afternoon there is none", () => {
    const random = seeded(7);
    const { overall, afterHalf, total } = loadOfADay(sessions, random, random);
    // A tenth more requests are its price: 49 minutes from one to the next instead of 55.
    expect(total / sessions).toBeGreaterThan(28);
    expect(total / sessions).toBeLessThan(30);
    expect(overall).toBeLessThan(10);
    expect(afterHalf).toBeLessThan(3.5);
  });
});

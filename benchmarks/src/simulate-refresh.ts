// A million sessions that signed in within one minute, one-hour tokens, 24 hours: what the token endpoint has to bear.
// The schedule is the one that ships.
import { refreshDueAt } from "../../packages/core/build/session/refresh-schedule.js";
import { seeded } from "./run/statistics.js";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SESSIONS = Number(process.argv[2] ?? 1_000_000);

interface Load {
  readonly total: number;
  readonly mean: number;
  readonly day: number;
  readonly first: number;
  readonly evening: number;
}

function simulate(jitter: () => number, random: () => number): Load {
  const perSecond = new Uint32Array(DAY / SECOND);
  for (let session = 0; session < SESSIONS; session++) {
    let at = random() * MINUTE;
    for (at = refreshDueAt(at, at + HOUR, jitter); at < DAY; at = refreshDueAt(at, at + HOUR, jitter))
      perSecond[Math.floor(at / SECOND)]!++;
  }
  const total = perSecond.reduce((sum, count) => sum + count, 0);
  const mean = total / perSecond.length;
  const peak = (from: number, until: number): number =>
    perSecond.subarray(from / SECOND, until / SECOND).reduce((a, b) => Math.max(a, b), 0);
  return { total, mean, day: peak(0, DAY), first: peak(0, HOUR), evening: peak(12 * HOUR, DAY) };
}

const random = seeded(7);
const rows = {
  "without the random part": simulate(() => 0, seeded(7)),
  "with it": simulate(random, random),
};
const round = (number: number): string => Math.round(number).toLocaleString("en");
for (const [name, { total, mean, day, first, evening }] of Object.entries(rows)) {
  process.stdout.write(
    `${name}: ${round(total)} requests, mean ${round(mean)}/s; ` +
      `peak ${round(day)}/s (${(day / mean).toFixed(1)} times the mean), ` +
      `in the first hour ${round(first)}/s (${(first / mean).toFixed(1)}), ` +
      `in the second half of the day ${round(evening)}/s (${(evening / mean).toFixed(2)})\n`,
  );
}

// pnpm torture:listener: hostile requests and crowds of connections while an app waits for its redirect. Nothing may end
// the wait, be answered but with a refusal, go unreported, or keep the person out; nothing may crash, grow or stay open.
// Prints what happened; exits with 1 when something did not hold.
import { parseArgs } from "node:util";
import { positive } from "./figures.js";
import { crowd, type CrowdRun } from "./listener-crowd.js";
import type { Manner } from "./listener-crowd-worker.js";
import { fuzz } from "./listener-fuzz.js";
import { formatListenerReport } from "./listener-report.js";

/** Apps attacked at the same time. */
const APPS = 3;

/** Of those who never give up, at a time: nearly as many as are let in, and many more. */
const SLOW = 240;
const AGAIN = 1_000;

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "200000" },
    connections: { type: "string", default: "10000" },
    seconds: { type: "string", default: "15" },
    seed: { type: "string" },
    path: { type: "string" },
  },
});
const requests = Math.ceil(positive("requests", values.requests));
const connections = Math.ceil(positive("connections", values.connections));
const seconds = positive("seconds", values.seconds);
const seed = values.seed === undefined ? Math.floor(Math.random() * 1e9) : Number(values.seed);
const { path } = values;

const begin = performance.now();
const fuzzed = await Promise.all(
  // One that failed is seen again by itself.
  Array.from({ length: path === undefined ? APPS : 1 }, (_, n) =>
    fuzz({
      requests: Math.ceil(requests / APPS),
      seed: seed + n,
      ...(path === undefined ? {} : { path }),
    }),
  ),
);
const fuzzSeconds = (performance.now() - begin) / 1_000;

const manners: readonly (readonly [Manner, number])[] = [
  ["half sent", connections],
  ["slow", SLOW],
  ["again", AGAIN],
];
const crowds: CrowdRun[] = [];
for (const [manner, count] of path === undefined ? manners : []) {
  // oxlint-disable-next-line no-await-in-loop
  crowds.push(await crowd({ manner, connections: count, seconds }));
}

process.stdout.write(formatListenerReport({ seed, fuzzed, fuzzSeconds, crowds }));
const runs = [...fuzzed, ...crowds];
process.exitCode = runs.every(({ violations }) => violations.length === 0) ? 0 : 1;

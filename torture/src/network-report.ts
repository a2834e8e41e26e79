// What became of sessions whose requests or answers were lost: the rules that it must keep to, and the figures, as text.
import { table, type Row } from "./figures.js";
import type { NetworkRound } from "./network-account.js";
import { DEAD_CONNECTION, WAYS, type Way } from "./network-ways.js";
import type { ClientName } from "./network-worker.js";

export interface NetworkRun {
  /** Of the server; 0: a spent token that comes again ends the session at once. */
  readonly graceSeconds: number;
  readonly rounds: readonly NetworkRound[];
  readonly violations: readonly string[];
}

/**
 * What a round of Loopkey's client broke; and ways in which it came off worse than the other one. By shares: on a busy machine a
 * round may not come about, and the two have not the same number of them.
 */
export function judge(graceSeconds: number, rounds: readonly NetworkRound[]): readonly string[] {
  const broken = rounds.flatMap(({ client, way, wasMet, wasLost, wasLate, outcome }) => {
    if (client !== "loopkey") return [];
    const told = `${way.name}: ${outcome}`;
    if (wasMet && way.name === DEAD_CONNECTION) return [`${told}, after it had sent on that`];
    const isSpent = wasLost || wasLate;
    if (outcome === "kept") return isSpent && graceSeconds === 0 ? [`${told}, with a spent token`] : [];
    if (!isSpent) return [`${told}, and no answer was lost`];
    if (graceSeconds > 0 && way.kind === "broken" && !wasLate) return [`${told}, within the grace`];
    return outcome === "answer_lost" ? [] : [`${told} in place of answer_lost`];
  });
  // What this machine was too busy for says nothing of either.
  const inTime = rounds.filter(({ wasLate }) => !wasLate);
  const worse = WAYS.filter(
    (way) => shareLost(inTime, way, "loopkey") > shareLost(inTime, way, "retrier"),
  ).map(({ name }) => `${name}: more sessions lost than by trying again`);
  return [...broken, ...worse];
}

export function formatNetworkReport(
  runs: readonly NetworkRun[],
  { processes, seconds }: { readonly processes: number; readonly seconds: number },
): string {
  const violations = runs.flatMap(({ graceSeconds, violations }) =>
    violations.map((what) => `grace of ${graceSeconds} s: ${what}`),
  );
  const total = runs.reduce((sum, { rounds }) => sum + rounds.length, 0);
  return [
    `network: ${total} refreshes that met with a loss, ${processes} processes, ${seconds.toFixed(0)} s\n`,
    ...runs.map(formatRun),
    "\n",
    violations.length === 0 ? "Everything held.\n" : `${violations.length} did not hold:\n`,
    ...[...new Set(violations)].slice(0, 30).map((what) => `  ${what}\n`),
  ].join("");
}

function formatRun({ graceSeconds, rounds }: NetworkRun): string {
  const head: Row = ["", "rounds", "answers lost", "sessions lost", "answers lost", "sessions lost"];
  const cells = (way?: Way): readonly number[] => [
    of(rounds, way, "loopkey").length,
    ...(["loopkey", "retrier"] as const).flatMap((client) => [
      of(rounds, way, client).filter(({ wasLost }) => wasLost).length,
      over(rounds, way, client).length,
    ]),
  ];
  const late = rounds.filter(({ wasLate }) => wasLate).length;
  return [
    `\n  A grace of ${graceSeconds} s; Loopkey, and a client that just tries again:\n`,
    table([head, ...WAYS.map((way): Row => [way.name, ...cells(way)]), ["all", ...cells()]]),
    late === 0 ? "" : `  ${late} more answers were lost to a limit: this machine was too busy.\n`,
  ].join("");
}

/** Of this client; without a way, in all of them. */
function of(
  rounds: readonly NetworkRound[],
  way: Way | undefined,
  client: ClientName,
): readonly NetworkRound[] {
  return rounds.filter((round) => round.client === client && (way === undefined || round.way === way));
}

/** Of those that met with this; NaN, which is never more nor less, where none did. */
function shareLost(rounds: readonly NetworkRound[], way: Way, client: ClientName): number {
  return over(rounds, way, client).length / of(rounds, way, client).length;
}

function over(
  rounds: readonly NetworkRound[],
  way: Way | undefined,
  client: ClientName,
): readonly NetworkRound[] {
  return of(rounds, way, client).filter(({ outcome }) => outcome !== "kept");
}

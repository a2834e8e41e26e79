// The figures of apps that were killed, as text.
import type { AccountReport, Round } from "./crashes-account.js";
import { milliseconds, quantile, spread, table, type Row } from "./figures.js";

export function formatCrashesReport(reports: readonly AccountReport[], seconds: number): string {
  const rounds = reports.flatMap(({ rounds }) => rounds);
  const violations = reports.flatMap(({ store, violations }) =>
    violations.map((what) => `${store}: ${what}`),
  );
  const random = rounds.filter(({ moment }) => moment === "at random");
  const replays = rounds.filter(({ outcome }) => outcome === "lost in the window");
  const held = rounds.filter(({ hadLock }) => hadLock);
  const slowestLock = quantile(
    rounds.map(({ lockMs }) => lockMs),
    1,
  );
  return [
    `crashes: ${rounds.length} kills in ${seconds.toFixed(0)} s; the record was whole after all of them, unless named below\n`,
    ...reports.map(formatAccount),
    `\n  Killed at random in a refresh: ${random.length} times, ${lost(random)} of them in the window ` +
      `(${random.filter(({ wasUnderWay }) => wasUnderWay).length} while the server was at work on the request).\n`,
    `  Refresh tokens sent twice: ${replays.length}, ${replays.filter(({ isNoted }) => isNoted).length} of them ` +
      `after a kill in the window, by the note; noted in vain: ${rounds.filter(isNotedInVain).length}.\n`,
    `  Killed with the lock held: ${held.length} times; the next had it within ${milliseconds(slowestLock)} ms.\n\n`,
    violations.length === 0 ? "Everything held.\n" : `${violations.length} did not hold:\n`,
    ...[...new Set(violations)].slice(0, 30).map((what) => `  ${what}\n`),
  ].join("");
}

function formatAccount({ store, rounds, first, later }: AccountReport): string {
  const moments = [...new Set(rounds.map(({ moment }) => moment))];
  const rows = moments.map((moment): Row => {
    const ofMoment = rounds.filter((round) => round.moment === moment);
    return [moment, ...cells(ofMoment)];
  });
  const head: Row = [
    store,
    "killed",
    "old record",
    "new record",
    "session there",
    "lost in the window",
    "noted",
  ];
  return [
    "\n",
    table([head, ...rows, ["all", ...cells(rounds)]]),
    "\n  The window: from the server's commit to the end of our save, median / 95 % / longest\n",
    table([formatTimings("first refresh of a process", first), formatTimings("later ones", later)]),
  ].join("");
}

function formatTimings(name: string, timings: AccountReport["first"]): Row {
  const withKeys = timings.filter(({ asksForKeys }) => asksForKeys).length;
  return [
    name,
    spread(timings.map(({ windowMs }) => windowMs)),
    `of it the save ${spread(timings.map(({ saveMs }) => saveMs))}`,
    `${timings.length} times`,
    `${withKeys} with a request for the server's keys in it`,
  ];
}

function cells(rounds: readonly Round[]): readonly number[] {
  const found = (which: Round["found"]) => rounds.filter((round) => round.found === which).length;
  const noted = rounds.filter(({ isNoted }) => isNoted).length;
  return [rounds.length, found("old"), found("new"), rounds.length - lost(rounds), lost(rounds), noted];
}

/** The request never arrived, or its answer was saved. */
function isNotedInVain({ isNoted, outcome }: Round): boolean {
  return isNoted && outcome === "survived";
}

function lost(rounds: readonly Round[]): number {
  return rounds.filter(({ outcome }) => outcome === "lost in the window").length;
}

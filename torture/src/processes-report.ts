// The figures of processes that share an account, as text.
import type { IdentityProviderEvent } from "@loopkey/example-identity-provider";
import { milliseconds, quantile, spread, table } from "./figures.js";
import type { ProcessAnswer } from "./processes-worker.js";

export interface ProcessesRun {
  /** Where the access token was kept. */
  readonly keep: "store" | "memory";
  readonly answers: readonly ProcessAnswer[];
  readonly events: readonly IdentityProviderEvent[];
  /** Refresh tokens that came twice. */
  readonly reuses: number;
  /** Calls that failed. */
  readonly failures: number;
  readonly violations: readonly string[];
}

export interface ProcessesReport {
  readonly processes: number;
  readonly store: string;
  readonly seconds: number;
  readonly tokenSeconds: number;
  readonly runs: readonly ProcessesRun[];
}

export function formatProcessesReport({
  processes,
  store,
  seconds,
  tokenSeconds,
  runs,
}: ProcessesReport): string {
  const row = (name: string, cell: (run: ProcessesRun) => string | number) =>
    [name, ...runs.map(cell)] as const;
  const rows = [
    row("the access token is kept in", ({ keep }) => keep),
    row("calls of getAccessToken", ({ answers }) => waitsOf(answers).length),
    row("calls of the API", ({ answers }) => sum(answers.map(({ apiCalls }) => apiCalls))),
    row("refresh requests to the server", ({ events }) => count(events, isRefresh)),
    row("sessions adopted from another process", ({ answers }) => noticed(answers, "adopted")),
    row("refresh tokens that came twice", ({ reuses }) => reuses),
    row("failed calls", ({ failures }) => failures),
    row("wait for a token: median / 95 % / longest", ({ answers }) => spread(waitsOf(answers))),
    row("slowest wait for a token", ({ answers }) => `${milliseconds(quantile(waitsOf(answers), 1))} ms`),
  ];
  const violations = runs.flatMap(({ keep, violations }) => violations.map((what) => `${keep}: ${what}`));
  const other = runs.flatMap(({ answers }) => answers.flatMap(({ notices }) => Object.keys(notices)));
  const unusual = [...new Set(other)].filter((name) => name !== "adopted");
  return [
    `processes: ${processes}, one account in ${store === "keyring" ? "gnome-keyring" : "an encrypted file"}, tokens of ${tokenSeconds} s, ${seconds} s each\n\n`,
    table(rows),
    unusual.length === 0 ? "" : `\n  other notices: ${unusual.join(", ")}\n`,
    "\n",
    violations.length === 0 ? "Everything held.\n" : `${violations.length} did not hold:\n`,
    ...[...new Set(violations)].slice(0, 30).map((what) => `  ${what}\n`),
  ].join("");
}

function waitsOf(answers: readonly ProcessAnswer[]): readonly number[] {
  return answers.flatMap(({ waits }) => waits);
}

function noticed(answers: readonly ProcessAnswer[], name: string): number {
  return sum(answers.map(({ notices }) => notices[name] ?? 0));
}

function isRefresh(event: IdentityProviderEvent): boolean {
  return event.type === "tokens-issued" && event.grantType === "refresh_token";
}

function count<T>(all: readonly T[], isOne: (each: T) => boolean): number {
  return all.filter(isOne).length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

// What a contract is: a tool's words for a request, an answer, and "nobody is signed in".
import type { KeptToken } from "@loopkey/core/light";
import type { ExitCode } from "../outcome/exit-codes.js";
import type { Failure } from "../outcome/failure.js";

/** What the tool said. */
interface Asking {
  /** Beyond the options of ours. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** All of stdin. Rejects with `invalid_config` beyond a megabyte. */
  readonly readAll: () => Promise<string>;
  /** The lines of stdin up to a blank one, or to its end, without carriage returns. Rejects as well. */
  readonly readBlock: () => Promise<readonly string[]>;
  /** Lines of stdin as they come, for a tool that converses. */
  readonly readLines: () => AsyncIterable<string>;
  /** Writes to stdout before the answer, for a tool that converses. */
  readonly write: (text: string) => void;
  /** User name beside the token, where a contract wants one. */
  readonly userName: string;
  /** The only origin that this command is for, where it was told one. */
  readonly bound: URL | undefined;
}

export interface Wanted {
  /** Where the tool will send the token: the first that the profile names counts. Absent: the tool does not say. */
  readonly urls?: readonly string[];
  /** The one from before was refused. */
  readonly renew?: boolean;
  /** `false`: the tool says that nobody is there to be asked, so no browser opens, whatever the command was told. */
  readonly isInteractive?: boolean;
  /** What a request says itself of the options of the command, for a tool that puts them there. */
  readonly profile?: string | undefined;
  readonly host?: string | undefined;
}

/**
 * `nobody`: a person must sign in. `not-named`: the profile does not name that host, so it gets nothing. `failed`: anything else.
 * The person has been told on stderr.
 */
export interface NoToken {
  readonly why: "nobody" | "not-named" | "failed";
  readonly failure: Failure;
}

export type Outcome = KeptToken | NoToken;

export interface Answer {
  readonly stdout?: string;
  readonly exitCode: ExitCode;
}

export type Contract = (asking: Asking, get: (wanted: Wanted) => Promise<Outcome>) => Promise<Answer>;

export function isNone(outcome: Outcome): outcome is NoToken {
  return "why" in outcome;
}

export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

/** RFC 3339, in whole seconds, rounded down: never later than it is. Undefined where the server did not say. */
export function expiryOf({ expiresAt }: KeptToken): string | undefined {
  const seconds = expirySeconds({ expiresAt });
  return seconds === undefined ? undefined : `${new Date(seconds * 1_000).toISOString().slice(0, 19)}Z`;
}

export function expirySeconds({
  expiresAt,
}: {
  readonly expiresAt?: number | undefined;
}): number | undefined {
  if (expiresAt === undefined || Number.isNaN(new Date(expiresAt).getTime())) return undefined;
  return Math.floor(expiresAt / 1_000);
}

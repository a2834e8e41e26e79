// What a command may touch of the process it runs in, and how it writes there.
import { toJson } from "./text.js";

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
}

/** Whose the terminal is. */
export interface Foreground {
  /** Whether this process may read from the terminal and change its mode now. */
  isOurs(): boolean;
  /**
   * Told `false` just before the process is stopped, and when it finds itself in the background; `true` when it has the
   * terminal (again). Told anew after every stop, for whatever had the terminal meanwhile may have changed its mode.
   */
  subscribe(listener: (isOurs: boolean) => void): () => void;
}

export interface CommandIO {
  /** Results, and nothing else. */
  readonly stdout: Output;
  /** For the person: the address to open, what is waited for, errors. A spinner when it is a terminal. */
  readonly stderr: Output;
  /** Whether a person sits at the keyboard: stdin is a terminal. Without, only `login` opens a browser by itself. */
  readonly isInteractive: boolean;
  /**
   * Lines that the person types, until the function it returns is called: `login` takes a pasted redirect by it. `onReady` is
   * called whenever it begins to read: at once, or when a shell gives the terminal (back) to this process.
   * @default nothing is read
   */
  readonly readLines?: (onLine: (line: string) => void, onReady?: () => void) => () => void;
  /** Whether the terminal is this process's, and when that changes. @default it always is */
  readonly foreground?: Foreground;
  /** What stdin holds, for `credential`. @default nothing */
  readonly readInput?: () => AsyncIterable<Uint8Array | string>;
  /** `LOOPKEY_DEBUG` shows stack traces. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Interrupts the command: it leaves nothing behind and its exit code is 130. */
  readonly signal?: AbortSignal;
}

export function printJson(io: CommandIO, value: unknown): void {
  io.stdout.write(`${toJson(value)}\n`);
}

/** Of values that are ours: `v` grows when a member goes or means something else, not when one is added. */
export function printVersioned(io: CommandIO, value: object): void {
  printJson(io, { v: 1, ...value });
}

export function printLines(out: Output, lines: readonly string[]): void {
  out.write(lines.map((line) => `${line}\n`).join(""));
}

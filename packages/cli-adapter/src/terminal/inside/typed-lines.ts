// Lines that are typed or pasted at the terminal. They are not shown: what is pasted is of no use to anybody else.
import { createInterface } from "node:readline";
import { PassThrough, Writable } from "node:stream";
import { ReadStream } from "node:tty";
import type { CommandIO, Foreground } from "../io.js";

/** Raw, these are keys like others. A terminal sends their signals to the whole job: a script ends as well, a pipe too. */
const SIGNAL_KEYS: Readonly<Record<number, NodeJS.Signals>> = {
  0x03: "SIGINT",
  0x1a: "SIGTSTP",
  0x1c: "SIGQUIT",
};

/** Ctrl-D would end the reading for good, and there is nothing to end: what is waited for may still be pasted. */
const END_KEY = 0x04;

/** Reads whenever the terminal is ours. stdin must be one. */
export function createLineReader(foreground: Foreground): NonNullable<CommandIO["readLines"]> {
  return (onLine, onReady) => {
    let close: ((isOurs: boolean) => void) | undefined;
    const follow = (isOurs: boolean): void => {
      if (!isOurs) {
        close?.(foreground.isOurs());
        close = undefined;
      } else if (close === undefined) {
        close = openKeyboard(onLine);
        onReady?.();
      }
    };
    const unsubscribe = foreground.subscribe(follow);
    follow(foreground.isOurs());
    return () => {
      unsubscribe();
      follow(false);
    };
  };
}

/** Call the function that it returns with whether the terminal is still ours. */
function openKeyboard(onLine: (line: string) => void): (isOurs: boolean) => void {
  // Not process.stdin, which stays as the program has it.
  const input = new ReadStream(0);
  // In between, so that readline, which edits the line, does not set the terminal's mode at times of its own.
  const keys = new PassThrough();
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: keys, output, terminal: true, historySize: 0 });

  function close(isOurs: boolean): void {
    input.off("data", take);
    lines.close();
    // In the background a change of mode, which closing is too in some versions of Node, would stop the process.
    if (!isOurs) return void input.pause();
    input.setRawMode(false);
    input.destroy();
  }

  function take(chunk: Buffer): void {
    const isKey = (byte: number): boolean => byte !== END_KEY && SIGNAL_KEYS[byte] === undefined;
    keys.write(chunk.filter(isKey));
    for (const signal of new Set(Array.from(chunk, (byte) => SIGNAL_KEYS[byte]))) {
      if (signal === "SIGQUIT") close(true);
      if (signal !== undefined) signalJob(signal);
    }
  }

  // The terminal has gone away.
  input.on("error", () => input.destroy());
  input.on("data", take);
  lines.on("line", onLine);
  // A terminal that edits lines by itself cuts a long address off, on macOS after 1,024 characters.
  input.setRawMode(true);
  return close;
}

function signalJob(signal: NodeJS.Signals): void {
  if (process.platform !== "win32") process.kill(0, signal);
  // There it would end the process, whoever listens.
  else if (signal === "SIGINT") process.emit("SIGINT", "SIGINT");
}

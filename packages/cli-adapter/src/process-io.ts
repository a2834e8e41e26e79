// A command in this process: its streams, its signals, its exit code. No process.exit: it ends when its work is done.
import { isatty } from "node:tty";
import type { CommandIO } from "./io.js";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * A process whose work is done is over by then, unless a call holds it that cannot be cancelled: a keyring that waits for
 * an answer to its prompt keeps even process.exit from ending it.
 */
const END_BY_ITSELF_MS = 500;

/**
 * Runs it and sets `process.exitCode`. Ctrl-C and SIGTERM interrupt it; a second one ends the process at once, as if
 * nobody listened. Where a keyring's unanswered prompt would keep the finished process, a signal ends it too: the one that
 * interrupted it, else SIGTERM.
 * A reader of stdout or stderr that has gone away is no error.
 */
export async function runInProcess(run: (io: CommandIO) => Promise<number>): Promise<void> {
  const interruption = new AbortController();
  let interruptedBy: NodeJS.Signals | undefined;
  const interrupt = (signal: NodeJS.Signals): void => {
    unhook();
    interruptedBy = signal;
    interruption.abort();
  };
  const unhook = (): void => SIGNALS.forEach((signal) => void process.off(signal, interrupt));
  for (const signal of SIGNALS) process.on(signal, interrupt);
  const { stdout, stderr, env } = process;
  // For good: what is written now may fail later.
  for (const stream of [stdout, stderr])
    if (!stream.listeners("error").includes(onWriteError)) stream.on("error", onWriteError);
  try {
    // Not process.stdin: asking for it opens it.
    process.exitCode = await run({
      stdout,
      stderr,
      env,
      isInteractive: isatty(0),
      signal: interruption.signal,
    });
  } finally {
    unhook();
  }
  // Does not keep the process; where it still runs by then, nobody listens to the signal any more.
  setTimeout(() => process.kill(process.pid, interruptedBy ?? "SIGTERM"), END_BY_ITSELF_MS).unref();
}

function onWriteError(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") process.exitCode = 1;
}

// A command in this process: its streams, its signals, its exit code. No process.exit: it ends when its work is done.
import { isatty } from "node:tty";
import { readTerminalLines } from "./inside/typed-lines.js";
import type { CommandIO } from "./io.js";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * How long a process whose work is done may take to end. Longer takes only what cannot be cancelled: a keyring that waits for
 * an answer to its prompt keeps even process.exit from ending it.
 */
const END_BY_ITSELF_MS = 500;

type Run = (io: CommandIO) => Promise<number>;

/**
 * Runs it and sets `process.exitCode`. Ctrl-C and SIGTERM interrupt it; a second one ends the process at once, as if
 * nobody listened. Nothing here ends the process: what the program does after it goes on.
 * A reader of stdout or stderr that has gone away is no error.
 */
export async function runInProcess(run: Run): Promise<void> {
  await runInterruptibly(run);
}

/**
 * The same for a process that is there for this only. A client that is closed has finished its refresh and its save; what
 * still holds the process then cannot be cancelled, and is ended by the signal that interrupted it, else by SIGTERM.
 */
export async function runAsProcess(run: Run): Promise<void> {
  const interruptedBy = await runInterruptibly(run);
  // Where pipes are asynchronous (Windows) a slow reader gets all of it.
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  // Does not keep the process; where it still runs by then, nobody listens to the signal any more.
  setTimeout(() => process.kill(process.pid, interruptedBy ?? "SIGTERM"), END_BY_ITSELF_MS).unref();
}

/** Resolves to the signal that interrupted it. */
async function runInterruptibly(run: Run): Promise<NodeJS.Signals | undefined> {
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
    const isInteractive = isatty(0);
    process.exitCode = await run({
      stdout,
      stderr,
      env,
      isInteractive,
      ...(isInteractive ? { readLines: readTerminalLines } : {}),
      signal: interruption.signal,
    });
  } finally {
    unhook();
  }
  return interruptedBy;
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()));
}

function onWriteError(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") process.exitCode = 1;
}

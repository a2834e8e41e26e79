// A command in this process: its streams, its signals, its exit code. No process.exit: it ends when its work is done.
import { closeSync } from "node:fs";
import { isatty } from "node:tty";
import { setImmediate as nextTurn } from "node:timers/promises";
import { listenForInterruption } from "./inside/signals.js";
import { readTerminalLines } from "./inside/typed-lines.js";
import type { CommandIO } from "./io.js";

/**
 * How long a process whose work is done may take to end. Longer takes only what cannot be cancelled: a keyring that waits for
 * an answer to its prompt keeps even process.exit from ending it.
 */
const END_BY_ITSELF_MS = 500;

type Run = (io: CommandIO) => Promise<number>;

/**
 * Runs it and sets `process.exitCode`. Ctrl-C, SIGTERM and SIGHUP interrupt it; a second signal ends the process at once, as if
 * nobody listened. SIGHUP (the terminal is closed) ends the process when the command is over, where the program does not
 * listen to it itself. Nothing else here ends the process: what the program does after it goes on, with its own listeners
 * alone. A reader of stdout or stderr that has gone away, be it a terminal, is no error while the command runs.
 */
export async function runInProcess(run: Run): Promise<void> {
  await runInterruptibly(run);
}

/**
 * The same for a process that is there for this only. A client that is closed has finished its refresh and its save, or has
 * given it up; what still holds the process then cannot be cancelled, and is ended by the signal that interrupted it, else by
 * SIGTERM.
 */
export async function runAsProcess(run: Run): Promise<void> {
  // For good: nothing comes after it.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", onWriteError);
  const interruptedBy = await runInterruptibly(run);
  if (isTerminalGone) closeStandardStreams();
  // Does not keep the process; where it still runs by then, nobody listens to the signal any more.
  setTimeout(() => process.kill(process.pid, interruptedBy ?? "SIGTERM"), END_BY_ITSELF_MS).unref();
}

/** Resolves to the signal that interrupted it. */
async function runInterruptibly(run: Run): Promise<NodeJS.Signals | undefined> {
  const interruption = listenForInterruption();
  const { stdout, stderr, env } = process;
  for (const stream of [stdout, stderr]) stream.on("error", onWriteError);
  try {
    // Not process.stdin: asking for it opens it.
    const isInteractive = isatty(0);
    process.exitCode = await run({
      stdout,
      stderr,
      env,
      isInteractive,
      ...(isInteractive ? { readLines: readTerminalLines } : {}),
      readInput: () => process.stdin,
      signal: interruption.signal,
    });
  } finally {
    // Where pipes are asynchronous (Windows) a slow reader gets all of it, and one that has gone away is known by now.
    await Promise.all([flushed(stdout), flushed(stderr)]);
    await nextTurn();
    for (const stream of [stdout, stderr]) stream.off("error", onWriteError);
    interruption.end();
  }
  return interruption.by();
}

const abandoned = new WeakSet<object>();

/** Nobody waits for what is written to it any more: its reader is there, and does not read. */
export function abandon(stream: object): void {
  abandoned.add(stream);
}

async function flushed(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength > 0 && !abandoned.has(stream))
    await new Promise<void>((resolve) => stream.write("", () => resolve()));
}

let isTerminalGone = false;

/** EPIPE: a pipe without a reader. EIO: a terminal that was closed. */
function onWriteError({ code }: NodeJS.ErrnoException): void {
  if (code === "EIO") isTerminalGone = true;
  else if (code !== "EPIPE") process.exitCode = 1;
}

/**
 * At its end Node before 24.1 sets the terminal back, and aborts where that is gone, whatever the exit code (nodejs/node#58200);
 * it leaves a descriptor alone that is closed.
 */
function closeStandardStreams(): void {
  for (const descriptor of [0, 1, 2]) {
    try {
      closeSync(descriptor);
    } catch {
      // Closed already.
    }
  }
}

// A command in this process: its streams, its signals, its exit code. No process.exit: it ends when its work is done.
import { closeSync } from "node:fs";
import { isatty } from "node:tty";
import { createForeground } from "./inside/foreground.js";
import { listenForInterruption } from "./inside/signals.js";
import { createLineReader } from "./inside/typed-lines.js";
import type { CommandIO } from "./io.js";

/**
 * How long a process whose work is done may take to end. Longer takes only what cannot be cancelled: a keyring that waits for
 * an answer to its prompt keeps even process.exit from ending it.
 */
const END_BY_ITSELF_MS = 500;

/** As the commands have them. */
const FAILED = 1;
const INTERRUPTED = 130;

type Run = (io: CommandIO) => Promise<number>;

/**
 * Runs it and sets `process.exitCode`. Ctrl-C, SIGTERM and SIGHUP interrupt it; a second signal ends the process at once, as if
 * nobody listened. SIGHUP (the terminal is closed) ends the process when the command is over, where the program does not
 * listen to it itself. Nothing else here ends the process: what the program does after it goes on, with its own listeners
 * alone. One that was interrupted by Ctrl-C and ends with exit code 130 ends by that signal, where nobody listens to it: a
 * shell shows 130, and ends its loop or script as well. A reader of stdout or stderr that has gone away, be it a terminal,
 * is no error while the command runs; stdout that cannot be written to is one.
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
  let unwritten: Error | undefined;
  const onUnwritten = (error: NodeJS.ErrnoException): void => {
    if (!isReaderGone(error)) unwritten = error;
  };
  stdout.on("error", onUnwritten);
  try {
    // Not process.stdin: asking for it opens it.
    const isInteractive = isatty(0);
    const foreground = createForeground();
    process.exitCode = await run({
      stdout,
      stderr,
      env,
      isInteractive,
      ...(isInteractive ? { readLines: createLineReader(foreground) } : {}),
      foreground,
      readInput: () => process.stdin,
      signal: interruption.signal,
    });
  } finally {
    // Where pipes are asynchronous (Windows) a slow reader gets all of it, and one that has gone away is known by now.
    await Promise.all([flushed(stdout), flushed(stderr)]);
    await new Promise((resolve) => setImmediate(resolve));
    for (const stream of [stdout, stderr]) stream.off("error", onWriteError);
    stdout.off("error", onUnwritten);
    if (unwritten !== undefined) sayUnwritten(unwritten);
    interruption.end();
  }
  const by = interruption.by();
  if (by === "SIGINT" && process.exitCode === INTERRUPTED) process.once("exit", endBySignal);
  return by;
}

/** Where the result went there is none. */
function sayUnwritten({ message }: Error): void {
  process.exitCode ||= FAILED;
  process.stderr.write(`The result could not be written to stdout: ${message}.\n`);
}

/** A shell that runs a loop or a script goes on after a plain exit code, as if the person had meant this program alone. */
function endBySignal(exitCode: number): void {
  const isOurs = exitCode === INTERRUPTED && process.listenerCount("SIGINT") === 0;
  if (isOurs && process.platform !== "win32") process.kill(process.pid, "SIGINT");
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
function isReaderGone({ code }: NodeJS.ErrnoException): boolean {
  return code === "EPIPE" || code === "EIO";
}

function onWriteError(error: NodeJS.ErrnoException): void {
  if (error.code === "EIO") isTerminalGone = true;
  else if (!isReaderGone(error)) process.exitCode ||= FAILED;
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

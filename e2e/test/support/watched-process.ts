// Processes that are known again by a mark in their environment, whoever of them has started which.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { onTestFinished, vi } from "vitest";

export interface MarkedProcess {
  readonly id: number;
  /** Of the moment it was looked at: arguments end with a NUL byte. */
  readonly argv: string;
  readonly environ: string;
}

/** Everything that this test starts from now on, and what that starts, can be listed while it runs. */
export function markProcesses(): () => readonly MarkedProcess[] {
  const mark = randomUUID();
  vi.stubEnv("LOOPKEY_TEST_MARK", mark);
  onTestFinished(() => void vi.unstubAllEnvs());
  return () =>
    readdirSync("/proc").flatMap((name) => {
      const id = Number(name);
      if (!Number.isInteger(id)) return [];
      try {
        const environ = readFileSync(`/proc/${id}/environ`, "latin1");
        return environ.includes(mark)
          ? [{ id, environ, argv: readFileSync(`/proc/${id}/cmdline`, "latin1") }]
          : [];
      } catch {
        // It has ended, or is somebody else's.
        return [];
      }
    });
}

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface WatchedProcess {
  readonly id: number;
  readonly ended: Promise<ProcessEnd>;
  /** Resolves with the next match in what it writes, after those before; rejects when it ends without. */
  wrote(stream: "stdout" | "stderr", pattern: RegExp): Promise<RegExpExecArray>;
  tell(line: string): void;
  closeStdin(): void;
  /** Stops reading its stdout, as `| head` does. */
  closeStdout(): void;
  kill(signal: NodeJS.Signals): void;
  /** To it and to all that it has started, as a terminal does at Ctrl-C. */
  killGroup(signal: NodeJS.Signals): void;
}

export interface NodeOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Called at its start, with whatever it writes and at its end. */
  readonly onSign?: () => void;
}

/** Runs Node in a process group of its own; the group is killed when the test is finished. */
export function startNode(
  args: readonly string[],
  { env = {}, onSign = () => {} }: NodeOptions = {},
): WatchedProcess {
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, detached: true });
  const killGroup = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-child.pid!, signal);
    } catch {
      // None of it is left.
    }
  };
  onTestFinished(() => killGroup("SIGKILL"));
  // It may have ended before it reads what it is told.
  child.stdin.on("error", () => {});
  const written = { stdout: "", stderr: "" };
  const searchedTo = { stdout: 0, stderr: 0 };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].on("data", (chunk: Buffer) => {
      written[stream] += chunk.toString("utf8");
      onSign();
    });
  }
  const ended = once(child, "close").then(([code, signal]) => {
    onSign();
    return { code: code as number | null, signal: signal as NodeJS.Signals | null, ...written };
  });
  onSign();
  return {
    id: child.pid!,
    ended,
    wrote: (stream, pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(written[stream].slice(searchedTo[stream]));
          if (!found) return;
          searchedTo[stream] += found.index + found[0].length;
          child[stream].off("data", look);
          resolve(found);
        };
        child[stream].on("data", look);
        void ended.then(() =>
          reject(new Error(`It ended without ${pattern}: ${written.stdout}${written.stderr}`)),
        );
        look();
      }),
    tell: (line) => void child.stdin.write(`${line}\n`),
    closeStdout: () => void child.stdout.destroy(),
    closeStdin: () => void child.stdin.end(),
    kill: (signal) => void child.kill(signal),
    killGroup,
  };
}

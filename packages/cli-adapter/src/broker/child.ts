// The program that the broker is for: the same terminal, its own environment, and signals passed on.
import { spawn } from "node:child_process";
import { constants } from "node:os";

export type ChildEnd =
  | { readonly code: number }
  | { readonly signal: NodeJS.Signals }
  | { readonly failed: NodeJS.ErrnoException };

/** The terminal has told them itself: the program is of the same process group. */
const OF_THE_TERMINAL: ReadonlySet<NodeJS.Signals> = new Set(["SIGINT", "SIGQUIT"]);
const PASSED_ON: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR2", "SIGCONT"];

/** Waits for the program itself: what it has left running does not keep the broker. */
export function runChild(
  [program, ...args]: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv,
  isInteractive: boolean,
): Promise<ChildEnd> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: "inherit", env });
    const pass = (signal: NodeJS.Signals): void => {
      if (!isInteractive || !OF_THE_TERMINAL.has(signal)) child.kill(signal);
    };
    const signals = process.platform === "win32" ? PASSED_ON.slice(0, 1) : PASSED_ON;
    for (const signal of signals) process.on(signal, pass);
    const end = (how: ChildEnd): void => {
      for (const signal of signals) process.off(signal, pass);
      resolve(how);
    };
    child.once("error", (failed) => end({ failed }));
    child.once("exit", (code, signal) => end(signal === null ? { code: code ?? 1 } : { signal }));
  });
}

/** Signals by which a process may end as its program did, without a core dump of what it holds. */
const MAY_END_BY: ReadonlySet<string> = new Set(["SIGHUP", "SIGINT", "SIGTERM", "SIGKILL"]);

/** As a shell has it. */
export function exitCodeOf(end: ChildEnd): number {
  if ("failed" in end) return end.failed.code === "ENOENT" ? 127 : 126;
  return "code" in end ? end.code : 128 + constants.signals[end.signal];
}

/** Ends this process by the signal that ended the program; returns where a code is all that can be said. */
export function endAs(end: ChildEnd): void {
  if ("signal" in end && MAY_END_BY.has(end.signal)) {
    // Nothing is left to finish: the command is over.
    process.removeAllListeners(end.signal);
    process.kill(process.pid, end.signal);
  }
  // A terminal that was closed ends this process by its signal, unless somebody listens: what the program made of it counts.
  else process.on("SIGHUP", () => {});
}

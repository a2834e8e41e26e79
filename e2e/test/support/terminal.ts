// The binary at a pseudo terminal, as a person has it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { onTestFinished } from "vitest";
import { cliPath, createCli } from "./cli.js";

export const missingForTerminal = existsSync("/usr/bin/script")
  ? undefined
  : "script is missing: sudo apt-get install bsdutils";

/** Also on a busy machine. A test that waits longer would not say for what. */
const SHOWN_WITHIN_MS = 45_000;

export interface Terminal {
  /** All that the terminal was sent. */
  readonly shown: string;
  /** Resolves with the first match in it. */
  shows(pattern: RegExp): Promise<RegExpExecArray>;
  /** The same, after what was found last. */
  showsNext(pattern: RegExp): Promise<RegExpExecArray>;
  /** Called with what is shown from now on, as it comes. */
  onShown(listener: (text: string) => void): void;
  type(keys: string): void;
  readonly ended: Promise<number | null>;
}

/** `then`: a command of the shell that runs when the program has ended, at the same terminal. */
export async function startAtTerminal(args: readonly string[], then = ""): Promise<Terminal> {
  const { folder } = await createCli();
  const program = [process.execPath, cliPath, ...args].join(" ");
  // Ctrl-C is for the whole job, and the shell is part of it: it listens, so that what follows still runs.
  const command = then === "" ? program : `trap : INT; ${program}; code=$?; ${then}; exit $code`;
  return atTerminal(command, { XDG_CONFIG_HOME: folder });
}

/** A shell that a person types at, with job control. `$loopkey` is the program. Answers are awaited by what they show. */
export async function openShell(
  env: NodeJS.ProcessEnv = {},
  shell = "bash --norc --noprofile -i",
): Promise<Terminal> {
  const { folder } = await createCli();
  const loopkey = `${process.execPath} ${cliPath}`;
  return atTerminal(shell, { XDG_CONFIG_HOME: folder, HISTFILE: "/dev/null", loopkey, ...env });
}

function atTerminal(command: string, more: NodeJS.ProcessEnv): Terminal {
  const { CI: _, ...env } = process.env;
  const child = spawn("/usr/bin/script", ["-qefc", command, "/dev/null"], {
    env: { ...env, TERM: "xterm", LC_ALL: "C.UTF-8", ...more },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let shown = "";
  // A character may come in two parts.
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (shown += chunk));
  child.stdin.on("error", () => {});
  const ended = once(child, "close").then(([code]) => code as number | null);
  let seen = 0;
  const shows = (pattern: RegExp, from: number): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(shown.slice(from));
        if (!found) return;
        seen = from + found.index + found[0].length;
        clearTimeout(timer);
        child.stdout.off("data", look);
        resolve(found);
      };
      const timer = setTimeout(
        () => reject(new Error(`It has not shown ${pattern}: ${shown.slice(from)}`)),
        SHOWN_WITHIN_MS,
      );
      child.stdout.on("data", look);
      void ended.then(() => reject(new Error(`It ended without showing ${pattern}: ${shown.slice(from)}`)));
      look();
    });
  return {
    get shown() {
      return shown;
    },
    shows: (pattern) => shows(pattern, 0),
    showsNext: (pattern) => shows(pattern, seen),
    onShown: (listener) => void child.stdout.on("data", (chunk: Buffer) => listener(chunk.toString("utf8"))),
    type: (keys) => void child.stdin.write(keys),
    ended,
  };
}

export interface OpenTerminal {
  /** Closes it, as a window is closed: whatever runs there is hung up on. */
  close(): void;
  readonly ended: Promise<unknown>;
}

/** A terminal with a command of the shell in it, which may outlive it. */
export function openTerminal(command: string, env: NodeJS.ProcessEnv): OpenTerminal {
  const child = spawn("/usr/bin/script", ["-qefc", command, "/dev/null"], { env, stdio: "pipe" });
  onTestFinished(() => void child.kill("SIGKILL"));
  return { close: () => void child.kill("SIGKILL"), ended: once(child, "close") };
}

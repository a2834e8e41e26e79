// The binary at a pseudo terminal, as a person has it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { onTestFinished } from "vitest";
import { cliPath, createCli } from "./cli.js";

export const missingForTerminal = existsSync("/usr/bin/script")
  ? undefined
  : "script is missing: sudo apt-get install bsdutils";

export interface Terminal {
  /** All that the terminal was sent. */
  readonly shown: string;
  /** Resolves with the first match in it. */
  shows(pattern: RegExp): Promise<RegExpExecArray>;
  type(keys: string): void;
  readonly ended: Promise<number | null>;
}

/** `then`: a command of the shell that runs when the program has ended, at the same terminal. */
export async function startAtTerminal(args: readonly string[], then = ""): Promise<Terminal> {
  const { folder } = await createCli();
  const program = [process.execPath, cliPath, ...args].join(" ");
  const command = then === "" ? program : `${program}; code=$?; ${then}; exit $code`;
  const { CI: _, ...env } = process.env;
  const child = spawn("/usr/bin/script", ["-qefc", command, "/dev/null"], {
    env: { ...env, TERM: "xterm", XDG_CONFIG_HOME: folder },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let shown = "";
  child.stdout.on("data", (chunk: Buffer) => (shown += chunk.toString("utf8")));
  const ended = once(child, "close").then(([code]) => code as number | null);
  return {
    get shown() {
      return shown;
    },
    shows: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(shown);
          if (found) resolve(found);
        };
        child.stdout.on("data", look);
        void ended.then(() => reject(new Error(`It ended without showing ${pattern}: ${shown}`)));
        look();
      }),
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

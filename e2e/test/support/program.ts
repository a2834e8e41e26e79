// Runs a program of e2e/programs in a process of its own, and reads the lines of JSON it prints.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

export interface Program {
  /** Resolves with the next line that has this `type`; rejects when the program ends without. */
  said<T>(type: string): Promise<T>;
  /** Writes a line to its stdin. */
  tell(line: string): void;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<ProgramEnd>;
}

/** Where a program is after the build. */
export function programPath(name: string): string {
  return fileURLToPath(new URL(`../../dist/programs/${name}.js`, import.meta.url));
}

export interface ProgramOptions {
  /** Handed over as one argument, in JSON. */
  readonly order: object;
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts it; killed when the test is finished, should it still run. */
export function startProgram(name: string, { order, env = {} }: ProgramOptions): Program {
  const child = spawn(process.execPath, [programPath(name), JSON.stringify(order)], {
    env: { ...process.env, ...env },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
  // It may have ended before it reads what it is told.
  child.stdin.on("error", () => {});
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async said<T>(type: string) {
      for (let line = await lines.next(); !line.done; line = await lines.next()) {
        const message = JSON.parse(line.value) as { readonly type: string };
        if (message.type === type) return message as T;
      }
      throw new Error(`The program ended before it said "${type}". ${stderr}`);
    },
    tell: (line) => void child.stdin.write(`${line}\n`),
    kill: (signal) => void child.kill(signal),
    ended: once(child, "close").then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      stderr,
    })),
  };
}

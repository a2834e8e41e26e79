// Runs a command in a process of its own, and notes when it said what it had to say and when it was gone.
import { spawn } from "node:child_process";

export interface CommandRun {
  readonly wholeMs: number;
  /** From the last that it wrote to its end. */
  readonly endMs: number;
  readonly stdout: string;
  readonly code: number | null;
  readonly stderr: string;
}

const LIMIT_MS = 60_000;

export function runCommand(
  node: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  limitMs = LIMIT_MS,
): Promise<CommandRun> {
  return new Promise((resolve, reject) => {
    const begin = performance.now();
    let lastOutput = begin;
    let stdout = "";
    let stderr = "";
    const child = spawn(node, args, { env, stdio: ["ignore", "pipe", "pipe"], timeout: limitMs });
    child.stdout.on("data", (chunk: Buffer) => {
      lastOutput = performance.now();
      stdout += chunk.toString("utf8");
    });
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
    let end = 0;
    child.on("exit", () => (end = performance.now()));
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ wholeMs: end - begin, endMs: Math.max(end - lastOutput, 0), stdout, stderr, code });
    });
  });
}

/** The same, for a command that must not fail. */
export async function mustRun(
  node: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  limitMs = LIMIT_MS,
): Promise<CommandRun> {
  const done = await runCommand(node, args, env, limitMs);
  if (done.code === 0) return done;
  throw new Error(`${args[0]} ended with ${done.code}: ${done.stderr || done.stdout}`);
}

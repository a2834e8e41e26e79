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

/** User and system time of the process, its threads and its children, beside how long it took. */
export interface TimedRun extends CommandRun {
  readonly processorMs: number;
}

/** The shell asks the system when it waits for the process; Node tells a parent nothing of the kind. Its own start does not count. */
const TIMED = 'TIMEFORMAT="%3R %3U %3S"; time "$@"';

/** As `mustRun`, with the time of the processor: what else the machine does makes it little longer. */
export async function mustRunTimed(
  node: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<TimedRun> {
  const run = await mustRun("bash", ["-c", TIMED, "bash", node, ...args], env);
  const times = /([\d.]+) ([\d.]+) ([\d.]+)\n$/.exec(run.stderr);
  if (!times) throw new Error(`The shell did not say how long it took: ${JSON.stringify(run.stderr)}`);
  const [wholeMs, userMs, systemMs] = times.slice(1).map((seconds) => Number(seconds) * 1_000);
  return { ...run, wholeMs: wholeMs!, processorMs: userMs! + systemMs! };
}

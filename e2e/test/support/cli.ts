// Runs the binary of @loopkey/cli-adapter as it ships, in a process and a folder of its own.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** Where it is after the build. */
export const cliPath = fileURLToPath(new URL("./bin.js", import.meta.resolve("@loopkey/cli-adapter")));

interface CliEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly ended: Promise<CliEnd>;
  /** Resolves as soon as stderr holds this; rejects when the program ends without. */
  told(pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
  /** Stops reading its stdout, as `| head` does. */
  closeStdout(): void;
}

export interface Cli {
  /** XDG_CONFIG_HOME, a folder of this test's own. */
  readonly folder: string;
  /** What its programs have in their environment, for one that is started otherwise. */
  readonly env: NodeJS.ProcessEnv;
  start(args: readonly string[], env?: NodeJS.ProcessEnv): RunningCli;
  run(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<CliEnd>;
  /** Command lines of everything that one of these programs has started and that still runs. */
  leftovers(): Promise<readonly string[]>;
}

/** `env` stands beside that of the tests. */
export async function createCli(env: NodeJS.ProcessEnv = {}): Promise<Cli> {
  const [folder, stateFolder] = await Promise.all([ownFolder(), ownFolder()]);
  const mark = `LOOPKEY_E2E_MARK=${randomUUID()}`;
  const [markName, markValue] = mark.split("=") as [string, string];

  const ownEnv = {
    ...process.env,
    XDG_CONFIG_HOME: folder,
    XDG_STATE_HOME: stateFolder,
    [markName]: markValue,
    ...env,
  };

  function start(args: readonly string[], more: NodeJS.ProcessEnv = {}): RunningCli {
    const child = spawn(process.execPath, [cliPath, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...ownEnv, ...more },
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
    const ended = once(child, "close").then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout,
      stderr,
    }));
    return {
      ended,
      told: (pattern) =>
        new Promise((resolve, reject) => {
          const look = (): void => {
            const found = pattern.exec(stderr);
            if (found) resolve(found);
          };
          child.stderr.on("data", look);
          void ended.then(() => reject(new Error(`It ended without telling ${pattern}: ${stderr}`)));
          look();
        }),
      kill: (signal) => void child.kill(signal),
      closeStdout: () => void child.stdout.destroy(),
    };
  }

  return {
    folder,
    env: ownEnv,
    start,
    run: (args, more) => start(args, more).ended,
    async leftovers() {
      const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
      const read = (id: string, file: string): Promise<string> =>
        readFile(`/proc/${id}/${file}`, "utf8").catch(() => "");
      const found = await Promise.all(
        processes.map(async (id) =>
          (await read(id, "environ")).includes(mark) ? [await read(id, "cmdline")] : [],
        ),
      );
      return found.flat();
    },
  };
}

async function ownFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "loopkey-cli-e2e-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  return folder;
}

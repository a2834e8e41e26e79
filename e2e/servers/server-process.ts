// A server's own process: in a folder that goes away with it, on ports that the system had free.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const START_LIMIT_MS = 20_000;
const LOOK_AGAIN_MS = 25;

export function createServerFolder(name: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `loopkey-${name}-`));
}

/** Different ports of 127.0.0.1, for programs that take a number and not a socket. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

export interface ServerCommand {
  readonly folder: string;
  readonly program: string;
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Answers with 200 as soon as the server serves. */
  readonly readyUrl: string;
  /** @default 20_000 */
  readonly startLimitMs?: number;
}

export interface ServerProcess {
  /** Kills it and removes its folder. */
  readonly stop: () => Promise<void>;
}

/** Starts it and waits until it serves. Rejects with what it printed when it ends before. */
export async function startServerProcess(command: ServerCommand): Promise<ServerProcess> {
  const { folder, program, args = [], env = {}, readyUrl, startLimitMs = START_LIMIT_MS } = command;
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  // Whoever runs the tests may give up on them.
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (printed = (printed + chunk.toString("utf8")).slice(-4000)));
  const ended = Promise.race([once(child, "close"), once(child, "error")]);

  async function stop(): Promise<void> {
    kill();
    await ended;
    process.off("exit", kill);
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }

  const begin = performance.now();
  while (!(await isServed(readyUrl, ended))) {
    const isLate = performance.now() - begin > startLimitMs;
    if (isLate || child.pid === undefined || child.exitCode !== null) {
      await stop();
      throw new Error(`${program} does not serve ${readyUrl}. It printed: ${printed}`);
    }
    await Promise.race([sleep(LOOK_AGAIN_MS), ended]);
  }
  return { stop };
}

async function isServed(url: string, ended: Promise<unknown>): Promise<boolean> {
  const asked = fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
  return Promise.race([asked, ended.then(() => false)]);
}

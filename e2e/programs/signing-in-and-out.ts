// A server, a person with a browser and the binary, all in the network that this process has: signs in, and out.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startFakeServer } from "@loopkey/node-adapter/testing";
import { readOrder, say } from "./order.js";

export interface SigningInAndOutOrder {
  /** Where the server is. */
  readonly host: "127.0.0.1" | "::1";
  /** Options of `login`. */
  readonly options: readonly string[];
}

/** `login`, `logout`: what the binary said. */
export interface BinaryOutcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const { host, options } = readOrder() as SigningInAndOutOrder;
const binary = fileURLToPath(new URL("./bin.js", import.meta.resolve("@loopkey/cli-adapter")));
const visit = fileURLToPath(new URL("./visit.js", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "loopkey-network-"));
const server = await startFakeServer({ host });
try {
  const key = join(folder, "key");
  await writeFile(key, Buffer.alloc(32, 7), { mode: 0o600 });
  const env = {
    PATH: process.env["PATH"],
    XDG_CONFIG_HOME: join(folder, "config"),
    XDG_STATE_HOME: join(folder, "state"),
    DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent",
    LOOPKEY_KEY_FILE: key,
    BROWSER: `"${process.execPath}" "${visit}" %s`,
  };
  async function run(...args: readonly string[]): Promise<BinaryOutcome> {
    const child = spawn(process.execPath, [binary, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
    const [code] = (await once(child, "close")) as [number | null];
    return { code, stdout, stderr };
  }
  const login = await run("login", "--issuer", server.issuer, "--client-id", "app", ...options);
  say({ type: "login", ...login });
  say({ type: "logout", ...(await run("logout", "--browser")) });
} finally {
  await server.close();
  await rm(folder, { recursive: true, force: true });
}

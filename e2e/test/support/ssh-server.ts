// A machine far away: a real sshd of the test's own, on this one, and the configuration by which a real ssh reaches it.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { hasProgram } from "./programs.js";

const SSHD = "/usr/sbin/sshd";

export const missingForSsh: string | undefined = (() => {
  if (!hasProgram("ssh")) return "ssh is missing: sudo apt-get install openssh-client";
  return existsSync(SSHD) ? undefined : "sshd is missing: sudo apt-get install openssh-server";
})();

export interface FarMachine {
  /** Of sshd. */
  readonly port: number;
  /** A file for `ssh -F`: after that, `far` and 127.0.0.1 are that machine. */
  readonly config: string;
  readonly folder: string;
}

/** Gone when the test is finished, and whoever is logged in with it. */
export async function startFarMachine(): Promise<FarMachine> {
  const folder = await mkdtemp(join(tmpdir(), "loopkey-ssh-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const at = (name: string): string => join(folder, name);
  for (const key of ["host", "own"])
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", at(key)]);
  const port = await freePort();
  await writeFile(
    at("sshd_config"),
    [
      `Port ${port}`,
      "ListenAddress 127.0.0.1",
      `HostKey ${at("host")}`,
      `AuthorizedKeysFile ${at("own.pub")}`,
      "PidFile none",
      "UsePAM no",
      "StrictModes no",
      "PasswordAuthentication no",
      "PermitRootLogin prohibit-password",
      "AllowTcpForwarding yes",
      "AllowStreamLocalForwarding yes",
      "",
    ].join("\n"),
  );
  await writeFile(
    at("ssh_config"),
    [
      "Host far",
      "  HostName 127.0.0.1",
      `  Port ${port}`,
      "Host *",
      `  IdentityFile ${at("own")}`,
      "  IdentitiesOnly yes",
      "  StrictHostKeyChecking no",
      "  UserKnownHostsFile /dev/null",
      "  LogLevel ERROR",
      `  User ${userInfo().username}`,
      "",
    ].join("\n"),
  );
  // What it leaves its rights to, where it has any. The package's own service makes it at its start.
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  const child = spawn(SSHD, ["-D", "-e", "-f", at("sshd_config")], { stdio: ["ignore", "ignore", "pipe"] });
  onTestFinished(() => void child.kill("SIGTERM"));
  let told = "";
  await new Promise<void>((resolve, reject) => {
    child.stderr.on("data", (chunk: Buffer) => {
      told += chunk.toString("utf8");
      if (told.includes("Server listening")) resolve();
    });
    void once(child, "exit").then(() => reject(new Error(`sshd has ended: ${told}`)));
  });
  return { port, config: at("ssh_config"), folder };
}

/** Nobody has it at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { readonly port: number };
  server.close();
  await once(server, "close");
  return port;
}

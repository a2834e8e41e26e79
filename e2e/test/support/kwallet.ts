// A real KWallet, with a wallet of the test's own that is open: made without its dialogs, as at a sign-in to the desktop (PAM).
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { createConnection, createServer, type Server } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { hasProgram } from "./programs.js";
import type { Bus } from "./secret-service.js";

const QCA = "/usr/lib/x86_64-linux-gnu/qca-qt5/crypto/libqca-ossl.so";

/** What this machine lacks, in words for a skipped test; undefined when it has everything. */
export const missingForKWallet: string | undefined =
  hasProgram("kwalletd5") && existsSync(QCA)
    ? undefined
    : "missing: kwalletd5: sudo apt-get install libkf5wallet-bin libqca-qt5-2-plugins";

/** On a busy machine. */
const READY_WITHIN_MS = 20_000;
const WALLET = "kdewallet";
/** Of the wallet's password, which PAM would make it of. */
const HASH = Buffer.alloc(56, 7);

/** Serves the Secret Service on this session when it resolves. */
export async function startKWallet(bus: Bus): Promise<void> {
  const home = bus.env["HOME"]!;
  const data = join(bus.env["XDG_DATA_HOME"]!, "kwalletd");
  await Promise.all([mkdir(join(home, ".config")), mkdir(data)]);
  await writeFile(join(home, ".config", "kwalletrc"), CONFIG);
  await writeFile(join(data, `${WALLET}.salt`), Buffer.alloc(56, 1));
  // The first run makes the wallet; only one that was there at its start is a collection of the Secret Service.
  const first = await start(bus, "first");
  await asked(
    bus,
    ["--dest=org.kde.kwalletd5", "/modules/kwalletd5", "org.kde.KWallet.isOpen", `string:${WALLET}`],
    "true",
  );
  first.kill();
  await once(first, "exit");
  await start(bus, "second");
  const secrets = ["--dest=org.freedesktop.secrets", "/org/freedesktop/secrets"];
  const question = ["org.freedesktop.Secret.Service.ReadAlias", "string:default"];
  await asked(bus, [...secrets, ...question], `/collection/${WALLET}`);
  await asked(
    bus,
    ["--dest=org.kde.kwalletd5", "/modules/kwalletd5", "org.kde.KWallet.isOpen", `string:${WALLET}`],
    "true",
  );
}

/** Asks until that is the answer. */
async function asked(bus: Bus, question: readonly string[], answer: string): Promise<void> {
  const end = Date.now() + READY_WITHIN_MS;
  for (let said = ""; !said.includes(answer);) {
    if (Date.now() > end) throw new Error(`KWallet does not come that far: ${said}`);
    // oxlint-disable-next-line no-await-in-loop
    said = await bus.ask("dbus-send", "--print-reply", ...question);
    // oxlint-disable-next-line no-await-in-loop
    await sleep(50);
  }
}

/** As pam_kwallet does: the hash by a pipe, then the session's environment by a socket. */
async function start(bus: Bus, name: string): Promise<ChildProcess> {
  const path = join(bus.env["HOME"]!, `${name}.socket`);
  const socket = createServer().listen(path);
  await once(socket, "listening");
  const env = { ...process.env, ...bus.env, QT_QPA_PLATFORM: "offscreen", PAM_KWALLET5_LOGIN: path };
  const program = spawn("kwalletd5", ["--pam-login", "3", "4"], {
    env: { ...env, XDG_CONFIG_HOME: join(bus.env["HOME"]!, ".config") },
    stdio: ["ignore", "ignore", "ignore", "pipe", descriptorOf(socket)],
  });
  onTestFinished(() => void program.kill("SIGKILL"));
  (program.stdio[3] as NodeJS.WritableStream).end(HASH);
  const lines = Object.entries(bus.env).map(([key, value]) => `${key}=${value}\n`);
  // It is the program that accepts: this process has given the socket away.
  createConnection(path).end(lines.join(""));
  socket.close();
  return program;
}

/** Node has no other way to hand a listening socket to a program that is not Node. */
function descriptorOf(socket: Server): number {
  const { _handle: handle } = socket as unknown as { readonly _handle: { readonly fd: number } };
  return handle.fd;
}

const CONFIG = `[Wallet]
Enabled=true
First Use=false
Prompt on Open=false
[org.freedesktop.secrets]
apiEnabled=true
[org.freedesktop.secrets.aliases]
default=${WALLET}
[Auto Allow]
${WALLET}=*
`;

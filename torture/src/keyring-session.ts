// A D-Bus session with a gnome-keyring that can be locked, frozen, killed and started again, in a folder that goes away.
// e2e has its like for tests; this one is for a program, and unlocks a keyring that runs.
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const PASSWORD = "a password of the torture's own";
const UNLOCK = 1;

export interface KeyringSession {
  /** For programs that are to use this session, and nothing of the person who runs this. */
  readonly env: NodeJS.ProcessEnv;
  /** Starts the keyring and waits until it serves. It must not be running. */
  start(state: "unlocked" | "locked"): Promise<void>;
  readonly isRunning: () => boolean;
  /** What has become of it so far, oldest first: `locked`, `unlocked`, `ended`, ... */
  readonly history: readonly string[];
  signal(signal: NodeJS.Signals): void;
  /** Resolves when it is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
  lock(): Promise<void>;
  unlock(): Promise<void>;
  /** The accounts that have an entry of this service. */
  accounts(service: string): Promise<string[]>;
  close(): Promise<void>;
}

export async function openKeyringSession(): Promise<KeyringSession> {
  const folder = await mkdtemp(join(tmpdir(), "loopkey-torture-"));
  for (const name of ["home", "data", "runtime"]) await mkdir(join(folder, name), { mode: 0o700 });
  await writeFile(join(folder, "bus.conf"), busConfig(folder));
  const own: NodeJS.ProcessEnv = {
    HOME: join(folder, "home"),
    XDG_DATA_HOME: join(folder, "data"),
    XDG_RUNTIME_DIR: join(folder, "runtime"),
    DISPLAY: "",
    WAYLAND_DISPLAY: "",
  };
  const bus = spawn("dbus-daemon", ["--nofork", "--print-address=1", `--config-file=${folder}/bus.conf`], {
    env: { ...process.env, ...own },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const address = (await createInterface(bus.stdout)[Symbol.asyncIterator]().next()).value as string;
  const env: NodeJS.ProcessEnv = { ...process.env, ...own, DBUS_SESSION_BUS_ADDRESS: address };
  let keyring: ChildProcess | undefined;
  const history: string[] = [];

  const isRunning = () => keyring !== undefined && keyring.exitCode === null && keyring.signalCode === null;

  async function ask(tool: string, ...args: string[]): Promise<string> {
    const { stdout, stderr } = await run(tool, args, { env, timeout: 30_000 }).catch(
      (error: unknown) => error as { stdout: string; stderr: string },
    );
    return stdout + stderr;
  }

  async function isServed(): Promise<boolean> {
    const answer = await ask(
      "dbus-send",
      "--print-reply",
      "--dest=org.freedesktop.DBus",
      "/org/freedesktop/DBus",
      "org.freedesktop.DBus.NameHasOwner",
      "string:org.freedesktop.secrets",
    );
    return answer.includes("boolean true");
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (keyring === undefined || !isRunning()) return;
    const ended = once(keyring, "exit");
    keyring.kill(signal);
    await ended;
    // The bus notices a little later.
    while (await isServed()) await sleep(5);
  }

  return {
    env,
    isRunning,
    history,
    end,
    async start(state) {
      const unlock = state === "unlocked" ? ["--unlock"] : [];
      keyring = spawn("gnome-keyring-daemon", ["--foreground", "--components=secrets", ...unlock], {
        env,
        stdio: ["pipe", "ignore", "ignore"],
      });
      keyring.on("exit", (code, signal) => history.push(`ended (${signal ?? code})`));
      keyring.stdin!.on("error", () => {});
      keyring.stdin!.end(state === "unlocked" ? PASSWORD : "");
      while (isRunning() && !(await isServed())) await sleep(10);
      history.push(`started ${state}`);
    },
    signal(signal) {
      history.push(signal);
      keyring?.kill(signal);
    },
    async lock() {
      history.push("locked");
      await ask(
        "dbus-send",
        "--print-reply",
        "--dest=org.freedesktop.secrets",
        "/org/freedesktop/secrets",
        "org.freedesktop.Secret.Service.Lock",
        "array:objpath:/org/freedesktop/secrets/collection/login",
      );
    },
    async unlock() {
      await unlock(join(folder, "runtime", "keyring", "control"));
      history.push("unlocked");
    },
    async accounts(service) {
      const found = await ask("secret-tool", "search", "--all", "service", service);
      return [...found.matchAll(/^attribute\.username = (.*)$/gm)].map(([, name]) => name!).toSorted();
    },
    async close() {
      await end("SIGKILL");
      bus.kill("SIGKILL");
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/** As the login does it: a word to the keyring's own socket. Nothing else unlocks one that runs without a prompt. */
async function unlock(path: string): Promise<void> {
  const password = Buffer.from(PASSWORD);
  const message = Buffer.alloc(1 + 12);
  // A byte with the credentials of this process, then the length of the rest, what to do, and the password.
  message.writeUInt32BE(12 + password.length, 1);
  message.writeUInt32BE(UNLOCK, 5);
  message.writeUInt32BE(password.length, 9);
  const socket = connect(path);
  socket.setTimeout(5_000, () => socket.destroy());
  socket.write(Buffer.concat([message, password]));
  socket.resume();
  await new Promise<void>((resolve) => socket.on("error", () => {}).on("close", () => resolve()));
}

function busConfig(folder: string): string {
  return `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=${join(folder, "bus")}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
  <!-- As a desktop's session has it. -->
  <limit name="max_connections_per_user">100000</limit>
  <limit name="max_completed_connections">100000</limit>
</busconfig>
`;
}

// A Secret Service of a test's own: gnome-keyring on a private D-Bus session, with its files in a folder that goes away.
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";

const run = promisify(execFile);
const PROGRAMS = ["dbus-daemon", "dbus-send", "dbus-monitor", "gnome-keyring-daemon", "secret-tool"];
const PASSWORD = "a password of the test's own";

/** What this machine lacks, in words for a skipped test; undefined when it has everything. */
export const missingForSecretService: string | undefined = (() => {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const missing = PROGRAMS.filter((name) => !folders.some((folder) => existsSync(join(folder, name))));
  if (missing.length === 0) return undefined;
  return `missing: ${missing.join(", ")}: sudo apt-get install gnome-keyring dbus-x11 libsecret-tools`;
})();

export interface Bus {
  /** For programs that are to use this session, and nothing of the person who runs the tests. */
  readonly env: NodeJS.ProcessEnv;
  /** Starts gnome-keyring and waits until it serves. `locked`: with the keyring that an unlocked one has made. */
  startKeyring(state: "unlocked" | "locked" | "without a keyring"): Promise<Keyring>;
  /** Locks the default keyring, as a screen lock or the person may, while programs have it open. */
  lockKeyring(): Promise<void>;
  /** What a tool of this session prints; a failure is printed too. */
  ask(tool: string, ...args: string[]): Promise<string>;
  /** Resolves when the keyring has asked for a prompt, and waits for it. */
  prompted(): Promise<void>;
  /** Ends whatever the session has started to show a prompt, as if its window were closed. */
  closePrompt(): Promise<void>;
  end(): Promise<void>;
}

export interface Keyring {
  signal(signal: NodeJS.Signals): void;
  /** Resolves when it is gone. */
  end(signal?: NodeJS.Signals): Promise<void>;
}

export interface BusOptions {
  /** `unanswered`: a prompt comes up and nobody reacts. `none`: nothing can show one. @default "none" */
  readonly prompter?: "none" | "unanswered";
}

/** A D-Bus session that starts no program by itself, but the prompter; ended when the test is finished. */
export async function startBus({ prompter = "none" }: BusOptions = {}): Promise<Bus> {
  const folder = await mkdtemp(join(tmpdir(), "loopkey-keyring-"));
  const services = join(folder, "services");
  const prompterId = join(folder, "prompter.pid");
  for (const name of ["services", "home", "data", "runtime"]) {
    // oxlint-disable-next-line no-await-in-loop
    await mkdir(join(folder, name), { mode: 0o700 });
  }
  // It never takes the name, so the keyring waits for it, as it waits for a person. It ends with the session.
  const silent = `echo $$ > ${prompterId}; exec dbus-monitor --session > /dev/null 2>&1`;
  if (prompter === "unanswered") {
    await writeFile(
      join(services, "org.gnome.keyring.SystemPrompter.service"),
      `[D-BUS Service]\nName=org.gnome.keyring.SystemPrompter\nExec=/bin/sh -c "${silent}"\n`,
    );
  }
  await writeFile(join(folder, "bus.conf"), busConfig(folder));

  const own: NodeJS.ProcessEnv = {
    HOME: join(folder, "home"),
    XDG_DATA_HOME: join(folder, "data"),
    XDG_RUNTIME_DIR: join(folder, "runtime"),
    DISPLAY: "",
    WAYLAND_DISPLAY: "",
  };
  const children = new Set<ChildProcess>();
  function start(program: string, args: readonly string[], extra: NodeJS.ProcessEnv = {}): ChildProcess {
    const env = { ...process.env, ...own, ...extra };
    const child = spawn(program, args, { env, stdio: ["pipe", "pipe", "ignore"] });
    children.add(child);
    return child;
  }

  const daemon = start("dbus-daemon", [
    "--nofork",
    "--print-address=1",
    `--config-file=${join(folder, "bus.conf")}`,
  ]);
  const address = (await createInterface(daemon.stdout!)[Symbol.asyncIterator]().next()).value as string;
  const env: NodeJS.ProcessEnv = { ...own, DBUS_SESSION_BUS_ADDRESS: address };

  async function ask(tool: string, ...args: string[]): Promise<string> {
    const { stdout, stderr } = await run(tool, args, { env: { ...process.env, ...env } }).catch(
      (error: unknown) => error as { stdout: string; stderr: string },
    );
    return stdout + stderr;
  }

  async function isServed(): Promise<boolean> {
    const destination = ["--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"];
    const question = ["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"];
    return (await ask("dbus-send", ...destination, ...question)).includes("boolean true");
  }

  async function end(): Promise<void> {
    await Promise.all([...children].map((child) => kill(child)));
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
  onTestFinished(end);

  return {
    env,
    ask,
    end,
    async startKeyring(state) {
      const unlock = state === "unlocked" ? ["--unlock"] : [];
      const child = start("gnome-keyring-daemon", ["--foreground", "--components=secrets", ...unlock], env);
      child.stdout!.resume();
      child.stdin!.end(state === "unlocked" ? PASSWORD : "");
      // oxlint-disable-next-line no-await-in-loop
      while (!(await isServed())) await sleep(20);
      return {
        signal: (signal) => void child.kill(signal),
        end: (signal = "SIGKILL") => kill(child, signal),
      };
    },
    async lockKeyring() {
      const service = ["--print-reply", "--dest=org.freedesktop.secrets", "/org/freedesktop/secrets"];
      const call = (member: string, ...args: string[]): Promise<string> =>
        ask("dbus-send", ...service, `org.freedesktop.Secret.Service.${member}`, ...args);
      const [, path] = /object path "(.*)"/.exec(await call("ReadAlias", "string:default")) ?? [];
      const said = await call("Lock", `array:objpath:${path}`);
      if (!said.includes("/collection/")) throw new Error(`The keyring was not locked. ${said}`);
    },
    async prompted() {
      // oxlint-disable-next-line no-await-in-loop
      while (!existsSync(prompterId)) await sleep(20);
    },
    async closePrompt() {
      process.kill(Number(await readFile(prompterId, "utf8")), "SIGKILL");
    },
  };
}

async function kill(child: ChildProcess, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
}

function busConfig(folder: string): string {
  return `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=${join(folder, "bus")}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>${join(folder, "services")}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`;
}

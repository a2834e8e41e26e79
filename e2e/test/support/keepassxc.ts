// A real KeePassXC on a screen that nobody sees, with a database of the test's own: as a person has it, dialogs included.
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import * as kdbx from "kdbxweb";
import { onTestFinished } from "vitest";
import { startDisplay } from "./display.js";
import { hasProgram } from "./programs.js";
import type { Bus } from "./secret-service.js";

const run = promisify(execFile);
const PASSWORD = "password-of-the-database";
/** In a database: which group's entries other programs may have. */
const EXPOSED_GROUP = "FDO_SECRETS_EXPOSED_GROUP";
/** On a busy machine. */
const SHOWN_WITHIN_MS = 20_000;
/** It saves in the background. */
const WRITTEN_WITHIN_MS = 5_000;

/** What this machine lacks, in words for a skipped test; undefined when it has everything. */
export const missingForKeePassXC: string | undefined = (() => {
  const missing = ["keepassxc", "xdotool", "Xvfb"].filter((name) => !hasProgram(name));
  if (missing.length === 0) return undefined;
  return `missing: ${missing.join(", ")}: sudo apt-get install keepassxc xdotool xvfb`;
})();

/** An entry of the database, as its file has it. */
interface DatabaseEntry {
  /** As Loopkey named it: the attribute `username`. */
  readonly account: string;
  readonly isInBin: boolean;
  /** What it holds, and all that it has held as far as the file tells. */
  readonly values: readonly string[];
}

export interface KeePassXC {
  /** Resolves when the dialog is there that asks to unlock the database. */
  asked(): Promise<void>;
  /** Types the password into the dialog. */
  unlock(): Promise<void>;
  /** Closes the dialog as Escape does, however often it comes, until that has settled. */
  dismissUntil<T>(outcome: Promise<T>): Promise<T>;
  quit(): Promise<void>;
  /** What its file holds, as soon as those are so many entries; after a while, whatever it holds. */
  entries(count: number, which?: (entry: DatabaseEntry) => boolean): Promise<readonly DatabaseEntry[]>;
}

/** `closed`: its window is there, and no database in it. Serves the Secret Service on this session when it resolves. */
export async function startKeePassXC(bus: Bus, state: "unlocked" | "locked" | "closed"): Promise<KeePassXC> {
  const home = bus.env["HOME"]!;
  const config = join(home, "config");
  await mkdir(join(config, "keepassxc"), { recursive: true });
  await writeFile(join(config, "keepassxc", "keepassxc.ini"), CONFIG);
  const database = join(home, "passwords.kdbx");
  if (!existsSync(database)) await writeFile(database, await newDatabase());

  const env = {
    ...process.env,
    ...bus.env,
    XDG_CONFIG_HOME: config,
    XDG_CACHE_HOME: join(home, "cache"),
    DISPLAY: await startDisplay(),
    QT_QPA_PLATFORM: "xcb",
  };
  const args = { unlocked: ["--pw-stdin", database], locked: [database], closed: [] }[state];
  const program = spawn("keepassxc", args, { env, stdio: ["pipe", "ignore", "ignore"] });
  program.stdin.on("error", () => {});
  program.stdin.end(`${PASSWORD}\n`);
  async function quit(): Promise<void> {
    if (program.exitCode !== null || program.signalCode !== null) return;
    program.kill("SIGTERM");
    const timer = setTimeout(() => program.kill("SIGKILL"), 5_000);
    await once(program, "exit");
    clearTimeout(timer);
  }
  onTestFinished(quit);

  const property = ["org.freedesktop.DBus.Properties.Get", "string:org.freedesktop.Secret.Service"];
  const serves = async (): Promise<boolean> => {
    const destination = ["--print-reply", "--dest=org.freedesktop.secrets", "/org/freedesktop/secrets"];
    const answer = await bus.ask("dbus-send", ...destination, ...property, "string:Collections");
    return answer.includes(state === "closed" ? "array [" : "/collection/");
  };
  await until(serves);

  const find = async (): Promise<string | undefined> => {
    const search = ["search", "--onlyvisible", "--name", "^Unlock Database"];
    const { stdout } = await run("xdotool", search, { env }).catch(() => ({ stdout: "" }));
    return stdout.split("\n")[0] || undefined;
  };
  async function dialog(): Promise<string> {
    await until(async () => (await find()) !== undefined);
    return (await find())!;
  }
  /** There is no window manager that would give it the keyboard. */
  async function type(text: string, key: "Return" | "Escape"): Promise<void> {
    const window = await dialog();
    await run("xdotool", ["windowfocus", "--sync", window, "type", text], { env });
    await run("xdotool", ["key", key], { env });
  }

  return {
    asked: async () => void (await dialog()),
    unlock: () => type(PASSWORD, "Return"),
    async dismissUntil(outcome) {
      const over = outcome.then(
        () => true,
        () => true,
      );
      // oxlint-disable-next-line no-await-in-loop
      while (!(await Promise.race([over, sleep(200, false)]))) {
        // oxlint-disable-next-line no-await-in-loop
        if ((await find()) !== undefined) await type("", "Escape");
      }
      return outcome;
    },
    quit,
    async entries(count, which = () => true) {
      let found: DatabaseEntry[] = [];
      const end = Date.now() + WRITTEN_WITHIN_MS;
      do {
        // oxlint-disable-next-line no-await-in-loop
        await sleep(200);
        // Half-written, it cannot be read.
        // oxlint-disable-next-line no-await-in-loop
        found = await readEntries(database).catch(() => found);
      } while (found.filter(which).length !== count && Date.now() < end);
      return found;
    },
  };
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + SHOWN_WITHIN_MS;
  // oxlint-disable-next-line no-await-in-loop
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error("KeePassXC has not come that far in time.");
    // oxlint-disable-next-line no-await-in-loop
    await sleep(50);
  }
}

/** As a person has it who has turned the Secret Service on, and the question off that comes with every access. */
const CONFIG = `[General]
ConfigVersion=2
UpdateCheckMessageShown=true
[GUI]
CheckForUpdates=false
[FdoSecrets]
Enabled=true
ShowNotification=false
ConfirmAccessItem=false
ConfirmDeleteItem=false
`;

function credentials(): kdbx.KdbxCredentials {
  return new kdbx.KdbxCredentials(kdbx.ProtectedValue.fromString(PASSWORD));
}

async function newDatabase(): Promise<Buffer> {
  const database = kdbx.Kdbx.create(credentials(), "Passwords");
  // The other is Argon2, which the library leaves to others.
  database.setKdf(kdbx.Consts.KdfId.Aes);
  const group = database.getDefaultGroup();
  const hex = Buffer.from(group.uuid.toBytes()).toString("hex");
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "{$1-$2-$3-$4-$5}");
  database.meta.customData.set(EXPOSED_GROUP, { value: id });
  // Otherwise the library takes the time of the last change for random bytes enough.
  database.meta.name = `Passwords ${randomBytes(4).toString("hex")}`;
  return Buffer.from(await database.save());
}

async function readEntries(path: string): Promise<DatabaseEntry[]> {
  const bytes = await readFile(path);
  const content = new Uint8Array(bytes).buffer;
  const database = await kdbx.Kdbx.load(content, credentials());
  const bin = database.meta.recycleBinUuid;
  const entries: DatabaseEntry[] = [];
  const walk = (group: kdbx.KdbxGroup, isInBin: boolean): void => {
    for (const entry of group.entries) {
      const values = [entry, ...entry.history].flatMap(({ binaries, fields }) => [
        ...[...binaries.values()].map(textOf),
        ...[...fields.values()].map((field) => (typeof field === "string" ? field : field.getText())),
      ]);
      const account = entry.fields.get("username");
      entries.push({ account: typeof account === "string" ? account : "", isInBin, values });
    }
    for (const child of group.groups) walk(child, isInBin || bin?.equals(child.uuid) === true);
  };
  for (const group of database.groups) walk(group, false);
  return entries;
}

function textOf(binary: kdbx.KdbxBinary | kdbx.KdbxBinaryWithHash): string {
  const value = "value" in binary ? binary.value : binary;
  return value instanceof kdbx.ProtectedValue ? value.getText() : new TextDecoder().decode(value);
}

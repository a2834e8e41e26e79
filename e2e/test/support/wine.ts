// A Windows of a test file's own, under Wine: a person's folders, a keyring, and Node for Windows. Node runs on Linux too, as the test.
import { execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, watch } from "node:fs";
import { cp, mkdtemp, open, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";

const run = promisify(execFile);
const script = fileURLToPath(new URL("../../../scripts/wine.mjs", import.meta.url));
const WINE_PATH = `${process.env["PATH"]}${delimiter}/usr/lib/wine`;

/** Of Node for Windows; later ones do not start under Debian's Wine. */
export const NODE_VERSIONS = ["20.20.2", "22.23.3"] as const;
export type NodeVersion = (typeof NODE_VERSIONS)[number];

/** What to do where a test of this kind cannot run; undefined where it can. */
export const missingForWine = ((): string | undefined => {
  if (process.platform !== "linux" || process.arch !== "x64")
    return "Wine runs Node for Windows on Linux x64";
  const isThere = WINE_PATH.split(delimiter).some((folder) => existsSync(join(folder, "wine64")));
  return isThere
    ? undefined
    : "wine is missing: sudo apt-get install --no-install-recommends wine wine64, then node scripts/wine.mjs";
})();

/** Time for the first test of a file, which may have to make the Windows. */
export const SETUP_MS = 300_000;

interface Parts {
  readonly prefix: string;
  readonly preload: string;
  readonly nodes: Readonly<Record<NodeVersion, string>>;
}

interface WindowsEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface WindowsProcess {
  readonly ended: Promise<WindowsEnd>;
  /** Resolves as soon as stdout or stderr holds this; rejects when the program ends without. */
  told(pattern: RegExp): Promise<RegExpExecArray>;
  /** As the task manager does it: nothing of the program runs any more. */
  kill(): void;
}

export interface Windows {
  /** What every Node there has to load first, by its path there. */
  readonly preload: string;
  /** A folder on its drive `C:` that programs find at `C:\loopkey`, by its path here. */
  readonly folder: string;
  /** What it was made of, and what else of it is kept from run to run. */
  readonly cache: string;
  /** `%LOCALAPPDATA%` and `%APPDATA%`, by their paths here. */
  readonly localAppData: string;
  readonly roamingAppData: string;
  start(args: readonly string[], options?: RunOptions): WindowsProcess;
  run(args: readonly string[], options?: RunOptions): Promise<WindowsEnd>;
  /** What the Credential Manager has: the entries' names, and how long what they keep is. */
  credentials(): Promise<readonly { readonly name: string; readonly bytes: number }[]>;
  /** Ends everything that runs in it, and takes it away. */
  remove(): Promise<void>;
}

export interface RunOptions {
  readonly node?: NodeVersion;
  readonly env?: Readonly<Record<string, string>>;
  /** By its path here. @default `folder` */
  readonly cwd?: string;
}

/** One like new: what was made once is copied, the libraries as hard links. */
export async function createWindows(): Promise<Windows> {
  const { stdout } = await run(process.execPath, [script], { maxBuffer: 1e8 });
  const parts = JSON.parse(stdout) as Parts;
  // Not in the system's temporary folder, which may be on another disk: hard links do not lead there.
  const base = await mkdtemp(join(parts.prefix, "..", "windows-"));
  const prefix = join(base, "prefix");
  await run("cp", ["-al", parts.prefix, prefix]);
  for (const name of await readdir(parts.prefix)) {
    if (!name.endsWith(".reg")) continue;
    // Its registry is written to.
    // oxlint-disable-next-line no-await-in-loop
    await rm(join(prefix, name));
    // oxlint-disable-next-line no-await-in-loop
    await cp(join(parts.prefix, name), join(prefix, name));
  }
  const folder = join(prefix, "drive_c", "loopkey");
  const [user] = (await readdir(join(prefix, "drive_c/users"))).filter((name) => name !== "Public");
  const appData = join(prefix, "drive_c/users", user!, "AppData");
  await run("mkdir", [folder]);
  const output = await mkdtemp(join(tmpdir(), "loopkey-wine-"));

  const wineEnv: NodeJS.ProcessEnv = {
    PATH: WINE_PATH,
    HOME: process.env["HOME"],
    WINEPREFIX: prefix,
    WINEARCH: "win64",
    WINEDEBUG: "-all",
    WINEDLLOVERRIDES: "mscoree,mshtml=",
  };

  function start(
    args: readonly string[],
    { node = "20.20.2", env = {}, cwd = folder }: RunOptions = {},
  ): WindowsProcess {
    // A pipe of Linux is not one that Node for Windows can write to: files are.
    const files = ["out", "err"].map((name) => join(output, `${randomUUID()}.${name}`)) as [string, string];
    const text = (): [string, string] =>
      files.map((file) => (existsSync(file) ? readFileSync(file, "utf8") : "")) as [string, string];
    const child = Promise.all(files.map((file) => open(file, "w"))).then(async (handles) => {
      const started = spawn("wine64", [parts.nodes[node], "--require", windowsPath(parts.preload), ...args], {
        cwd,
        stdio: ["ignore", ...handles.map(({ fd }) => fd)],
        env: { ...wineEnv, ...env },
      });
      await Promise.all(handles.map((handle) => handle.close()));
      return started;
    });
    const ended = child.then(async (started): Promise<WindowsEnd> => {
      const [code] = started.exitCode === null ? await once(started, "exit") : [started.exitCode];
      const [stdout, stderr] = text();
      return { code: code as number | null, stdout, stderr };
    });
    return {
      ended,
      async told(pattern) {
        await child;
        return new Promise((resolve, reject) => {
          const watchers = files.map((file) => watch(file, look));
          function look(): void {
            const found = pattern.exec(text().join("\n"));
            if (found) done(() => resolve(found));
          }
          const done = (outcome: () => void): void => {
            for (const watcher of watchers) watcher.close();
            outcome();
          };
          const tooLate = (end: WindowsEnd): void => {
            look();
            done(() => reject(new Error(`It ended without telling ${pattern}: ${JSON.stringify(end)}`)));
          };
          ended.then(tooLate, reject);
          look();
        });
      },
      kill: () => void child.then((started) => started.kill("SIGKILL")),
    };
  }

  return {
    preload: windowsPath(parts.preload),
    folder,
    cache: join(parts.prefix, ".."),
    localAppData: join(appData, "Local"),
    roamingAppData: join(appData, "Roaming"),
    start(args, options) {
      const started = start(args, options);
      onTestFinished(() => started.kill());
      return started;
    },
    run: (args, options) => start(args, options).ended,
    async credentials() {
      const query = ["reg", "query", String.raw`HKCU\Software\Wine\Credential Manager`, "/s"];
      // It has no pipe to write to either; and there is no such key before the first entry.
      const { stdout } = await run(
        "sh",
        ["-c", 'wine64 "$@" > "$0" || true; cat "$0"', join(output, "reg"), ...query],
        {
          env: wineEnv,
        },
      );
      return [...stdout.matchAll(/\(Default\) +REG_SZ +(\S+)[^(]*?Password +REG_BINARY +([0-9A-F]+)/g)].map(
        ([, name, hex]) => ({ name: name!, bytes: hex!.length / 2 }),
      );
    },
    async remove() {
      await run("wineserver64", ["-k"], { env: wineEnv }).catch(() => {});
      await run("wineserver64", ["-w"], { env: wineEnv }).catch(() => {});
      for (const path of [base, output]) {
        // oxlint-disable-next-line no-await-in-loop
        await rm(path, { recursive: true, force: true, maxRetries: 10 });
      }
    },
  };
}

/** How a program of Windows names a file of this machine. */
export function windowsPath(path: string): string {
  return `Z:${path.replaceAll("/", "\\")}`;
}

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Installs the packages as they are published, for Windows. Resolves with `loopkey` there, by its path here. */
export async function installPacked(folder: string): Promise<string> {
  const { npm_execpath: _, ...env } = process.env;
  const { packageManager } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    readonly packageManager: string;
  };
  const pack = ["--yes", packageManager, "pack", "--json", "--pack-destination", folder];
  const tarballs: string[] = [];
  for (const name of ["core", "node-adapter", "cli-adapter"]) {
    // One after the other: each begins with a whole package manager.
    // oxlint-disable-next-line no-await-in-loop
    const { stdout } = await run("npx", pack, { cwd: join(root, "packages", name), env });
    tarballs.push((JSON.parse(stdout) as { readonly filename: string }).filename);
  }
  const options = ["--os=win32", "--cpu=x64", "--no-audit", "--no-fund", "--prefer-offline"];
  await run("npm", ["install", "--prefix", folder, ...options, ...tarballs], { cwd: folder, env });
  return join(folder, "node_modules/@loopkey/cli-adapter/bin/loopkey.js");
}

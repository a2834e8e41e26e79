// The binary `loopkey` where there is no home: user ids that nobody entered, HOME that is none, and a home that is read-only.
import { execFile, spawnSync } from "node:child_process";
import { chown, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startFakeServer } from "@loopkey/node-adapter/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { cliPath } from "./support/cli.js";
import { loginArgs, NO_BUS } from "./support/cli-world.js";

/** Of nobody. */
const ID = 54_321;

const isRoot = process.platform === "linux" && process.getuid?.() === 0;
const canBind =
  isRoot &&
  spawnSync("unshare", ["-m", "sh", "-c", "mount --bind /tmp /tmp && mount -o remount,ro,bind /tmp"])
    .status === 0;
const asNobodyCan = ["--reuid", `${ID}`, "--regid", `${ID}`, "--clear-groups", "test", "-r", cliPath];
const canBecome = isRoot && spawnSync("setpriv", asNobodyCan).status === 0;
const why = canBecome ? "" : ": needs root on Linux, setpriv, and a checkout that others can read";

/** Of whoever runs the command there. */
async function ownFolder(owner = ID): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "loopkey-homeless-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  if (isRoot) await chown(folder, owner, owner);
  return folder;
}

/** Runs a program with nothing in its environment but this. */
function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv, cwd: string) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(
      file,
      args,
      { env: { PATH: process.env["PATH"], ...NO_BUS, ...env }, cwd },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
    child.stdin?.end();
  });
}

/** As the user without an entry, standing in a folder of their own. */
async function asNobody(args: readonly string[], env: NodeJS.ProcessEnv, cwd: string) {
  const becoming = ["--reuid", `${ID}`, "--regid", `${ID}`, "--clear-groups", process.execPath, cliPath];
  return run("setpriv", [...becoming, ...args], env, cwd);
}

const COMMANDS = [["status"], ["token"], ["whoami"], ["logout"], ["doctor"], ["login"]];
const NO_HOME =
  /^loopkey: There is no home to keep profiles in\. Set HOME to a folder of your own.* XDG_CONFIG_HOME and XDG_STATE_HOME\. \[invalid_config\]\n$/;

describe.skipIf(!canBecome)(`loopkey without a home${why}`, { timeout: 60_000 }, () => {
  it.each([
    ["is not set", {}],
    ["is empty", { HOME: "" }],
    ["is a relative path", { HOME: "home" }],
    ["is the one that Debian gives to whom has none", { HOME: "/nonexistent" }],
  ])("says so in one sentence where HOME %s, helps all the same, and writes nothing", async (_, env) => {
    const folder = await ownFolder();
    const help = await asNobody(["--help"], env, folder);
    expect(help).toMatchObject({ code: 0, stderr: "" });
    for (const command of COMMANDS) {
      // oxlint-disable-next-line no-await-in-loop
      const { code, stderr } = await asNobody(command, env, folder);
      expect({ command, code, stderr }).toEqual({
        command,
        code: 1,
        stderr: expect.stringMatching(NO_HOME) as string,
      });
    }
    expect(await readdir(folder)).toEqual([]);
  });

  it("works with XDG_CONFIG_HOME and XDG_STATE_HOME, and writes nowhere else", async () => {
    await using server = await startFakeServer();
    const folder = await ownFolder();
    const key = join(folder, "key");
    await writeFile(key, Buffer.alloc(32, 7), { mode: 0o600 });
    await chown(key, ID, ID);
    const browser = join(folder, "browser.mjs");
    await writeFile(browser, "await (await fetch(process.argv[2])).text();\n");
    const env = {
      XDG_CONFIG_HOME: join(folder, "config"),
      XDG_STATE_HOME: join(folder, "state"),
      LOOPKEY_KEY_FILE: key,
      BROWSER: `"${process.execPath}" "${browser}" %s`,
    };
    const login = [...loginArgs({ issuer: server.issuer, clientId: "app" }), "--store", "encrypted-file"];
    expect(await asNobody(login, env, folder)).toMatchObject({ code: 0 });
    expect(await asNobody(["token"], env, folder)).toMatchObject({ code: 0 });
    expect(await asNobody(["logout"], env, folder)).toMatchObject({ code: 0 });
    expect((await readdir(folder)).toSorted()).toEqual(["browser.mjs", "config", "key", "state"]);
  });

  it("says which variable is missing where there is only a place for profiles", async () => {
    const folder = await ownFolder();
    const env = {
      XDG_CONFIG_HOME: join(folder, "config"),
      LOOPKEY_PASSPHRASE: "six words that nobody would guess",
    };
    const issuer = "https://127.0.0.1:1";
    const { code, stderr } = await asNobody(
      [...loginArgs({ issuer, clientId: "app" }), "--store", "encrypted-file"],
      env,
      folder,
    );
    expect(code).toBe(1);
    expect(stderr).toContain(
      "There is no home to keep the app's state in. Set HOME to a folder of your own, as an absolute path, or XDG_STATE_HOME.",
    );
  });
});

const whyNoBind = canBind ? "" : ": needs root on Linux, unshare and mount";
describe.skipIf(!canBind)(`loopkey with a home that is read-only${whyNoBind}`, { timeout: 60_000 }, () => {
  const readOnly = async (args: readonly string[], env: NodeJS.ProcessEnv, home: string) => {
    const script = `mount --bind "${home}" "${home}" && mount -o remount,ro,bind "${home}" && exec "$@"`;
    return run(
      "unshare",
      ["-m", "sh", "-c", script, "sh", process.execPath, cliPath, ...args],
      { HOME: home, ...env },
      "/",
    );
  };
  const options = [
    ...loginArgs({ issuer: "https://127.0.0.1:1", clientId: "app" }).slice(1),
    "--store",
    "encrypted-file",
  ];
  const secret = { LOOPKEY_PASSPHRASE: "six words that nobody would guess" };

  it("names the reason and what to set, and does not say that trying again helps", async () => {
    const home = await ownFolder(0);
    const profile = await readOnly(["login", "--json", ...options], secret, home);
    expect(JSON.parse(profile.stdout)).toMatchObject({
      error: {
        message: expect.stringContaining("EROFS") as string,
        hint: expect.stringContaining("XDG_CONFIG_HOME") as string,
        retryable: false,
      },
    });
    const config = await ownFolder(0);
    const state = await readOnly(
      ["login", "--json", ...options],
      { ...secret, XDG_CONFIG_HOME: config },
      home,
    );
    expect(JSON.parse(state.stdout)).toMatchObject({
      error: {
        message: expect.stringContaining("(EROFS)") as string,
        hint: expect.stringContaining("XDG_STATE_HOME") as string,
        retryable: false,
      },
    });
  });

  it("is told by doctor as what it is", async () => {
    const { stdout } = await readOnly(["doctor", ...options], secret, await ownFolder(0));
    expect(stdout).toMatch(/^failed +store: +The folder .* cannot be used \(EROFS\)\./m);
    expect(stdout).toMatch(/^failed +lock: +The folder .* cannot be used \(EROFS\)\./m);
    expect(stdout).toMatch(/^failed +profile: +The profile could not be saved: EROFS/m);
  });
});

describe.skipIf(process.platform === "win32")(
  "loopkey with 64 open files at the most",
  { timeout: 60_000 },
  () => {
    it("signs in, prints a token and signs out", async () => {
      await using server = await startFakeServer();
      const folder = await ownFolder(0);
      const browser = join(folder, "browser.mjs");
      await writeFile(browser, "await (await fetch(process.argv[2])).text();\n");
      const env = {
        XDG_CONFIG_HOME: folder,
        XDG_STATE_HOME: folder,
        LOOPKEY_PASSPHRASE: "six words that nobody would guess",
        BROWSER: `"${process.execPath}" "${browser}" %s`,
      };
      const login = [...loginArgs({ issuer: server.issuer, clientId: "app" }), "--store", "encrypted-file"];
      for (const command of [login, ["token"], ["status"], ["logout"]]) {
        const limited = ["-c", 'ulimit -n 64 && exec "$@"', "sh", process.execPath, cliPath, ...command];
        // oxlint-disable-next-line no-await-in-loop
        expect({ command, ...(await run("sh", limited, env, folder)) }).toMatchObject({ command, code: 0 });
      }
    });
  },
);

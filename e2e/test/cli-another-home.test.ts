// The binary `loopkey` run by root in what is left of a person's session, as after `sudo -E`, or `su` with their HOME and bus.
import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startFakeServer } from "@loopkey/node-adapter/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { cliPath } from "./support/cli.js";
import { loginArgs, NO_BUS } from "./support/cli-world.js";

/** nobody: a bus wants an account that has an entry. */
const PERSON = 65_534;
const asPerson = ["--reuid", `${PERSON}`, "--regid", `${PERSON}`, "--clear-groups"];

const canBecome =
  process.platform === "linux" &&
  process.getuid?.() === 0 &&
  spawnSync("setpriv", [...asPerson, "test", "-r", cliPath]).status === 0;
const hasBus = spawnSync("dbus-daemon", ["--version"]).status === 0;
const why = canBecome ? "" : ": needs root on Linux, setpriv, and a checkout that others can read";

interface Home {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}

async function personsHome(): Promise<Home> {
  const folder = await mkdtemp(join(tmpdir(), "loopkey-another-home-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const browser = join(folder, "browser.mjs");
  await writeFile(browser, "await (await fetch(process.argv[2])).text();\n");
  await chmod(folder, 0o755);
  await Promise.all([folder, browser].map((path) => chown(path, PERSON, PERSON)));
  return {
    folder,
    env: {
      PATH: process.env["PATH"],
      ...NO_BUS,
      HOME: folder,
      BROWSER: `"${process.execPath}" "${browser}" %s`,
      LOOPKEY_PASSPHRASE: "six words that nobody would guess",
    },
  };
}

function run(file: string, args: readonly string[], { folder, env }: Home) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(file, args, { env, cwd: folder }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
    child.stdin?.end();
  });
}

const asRoot = async (args: readonly string[], home: Home) => run(process.execPath, [cliPath, ...args], home);
const byPerson = async (args: readonly string[], home: Home) =>
  run("setpriv", [...asPerson, process.execPath, cliPath, ...args], home);

/** Everything in the home that its person could not use. */
async function lockedOut({ folder }: Home): Promise<string[]> {
  const found = await readdir(folder, { recursive: true });
  const owners = await Promise.all(found.map(async (path) => (await stat(join(folder, path))).uid));
  return found.filter((_, n) => owners[n] !== PERSON);
}

describe.skipIf(!canBecome)(`loopkey as root in a person's home${why}`, { timeout: 120_000 }, () => {
  const refusal = (folder: string) =>
    new RegExp(
      `${folder} belongs to another user\\. \\[invalid_config\\]\\n` +
        ` +Run this as the user with the id ${PERSON}, without sudo or su: .*\\n` +
        ` +For root itself set HOME, or XDG_CONFIG_HOME and XDG_STATE_HOME, to a folder of root's own\\.`,
    );

  it("writes nothing where the person has never signed in, and login and doctor name the cause", async () => {
    await using server = await startFakeServer();
    const home = await personsHome();
    const login = loginArgs({ issuer: server.issuer, clientId: "app" });
    const signIn = await asRoot([...login, "--store", "encrypted-file"], home);
    expect(signIn).toMatchObject({ code: 1, stderr: expect.stringMatching(refusal(home.folder)) as string });
    expect(signIn.stderr).not.toContain("authorize");
    const { stdout } = await asRoot(["doctor", ...login.slice(1), "--store", "encrypted-file"], home);
    const cause = `${home.folder} belongs to another user`;
    expect(stdout).toMatch(new RegExp(`^failed +store: .*${cause}`, "m"));
    expect(stdout).toMatch(new RegExp(`^failed +lock: .*${cause}`, "m"));
    for (const command of ["status", "token", "whoami", "list", "logout", "explain"])
      // oxlint-disable-next-line no-await-in-loop
      await asRoot([command], home);
    expect(await lockedOut(home)).toEqual([]);
  });

  it("leaves a person's session as it is, whatever it is asked to do with it", async () => {
    await using server = await startFakeServer();
    const home = await personsHome();
    const login = [...loginArgs({ issuer: server.issuer, clientId: "app" }), "--store", "encrypted-file"];
    expect(await byPerson(login, home)).toMatchObject({ code: 0 });
    const commands = [
      ["status"],
      ["token"],
      ["logout"],
      ["doctor"],
      login,
      ["switch", "default"],
      ["setup", "cargo", "--write"],
      ["setup", "git", "--write"],
    ];
    for (const command of commands) {
      // oxlint-disable-next-line no-await-in-loop
      const { code, stdout, stderr } = await asRoot(command, home);
      expect({ command, code, told: stdout + stderr }).toEqual({
        command,
        code: 1,
        told: expect.stringMatching(/belongs to another user/) as string,
      });
    }
    expect(await lockedOut(home)).toEqual([]);
    expect(await byPerson(["token"], home)).toMatchObject({ code: 0 });
  });

  it("works with folders of root's own", async () => {
    await using server = await startFakeServer();
    const home = await personsHome();
    const own = await mkdtemp(join(tmpdir(), "loopkey-of-root-"));
    onTestFinished(() => rm(own, { recursive: true, force: true }));
    const env = { ...home.env, XDG_CONFIG_HOME: join(own, "config"), XDG_STATE_HOME: join(own, "state") };
    const login = [...loginArgs({ issuer: server.issuer, clientId: "app" }), "--store", "encrypted-file"];
    expect(await asRoot(login, { ...home, env })).toMatchObject({ code: 0 });
    expect(await lockedOut(home)).toEqual([]);
  });

  it.skipIf(!hasBus)("says of the person's bus that it is theirs, and asks no keyring by it", async () => {
    const home = await personsHome();
    const address = `unix:path=${join(home.folder, "bus")}`;
    const daemon = spawn(
      "setpriv",
      [...asPerson, "dbus-daemon", "--session", "--nofork", "--print-address=1", `--address=${address}`],
      { stdio: ["ignore", "pipe", "ignore"] },
    );
    onTestFinished(() => void daemon.kill());
    await Promise.race([once(daemon.stdout, "data"), once(daemon, "exit")]);
    const { LOOPKEY_PASSPHRASE: _, ...rest } = home.env;
    const env = { ...rest, DBUS_SESSION_BUS_ADDRESS: address, XDG_RUNTIME_DIR: home.folder };
    const options = loginArgs({ issuer: "https://127.0.0.1:1", clientId: "app" }).slice(1);
    const { stdout } = await asRoot(["doctor", ...options, "--store", "keyring"], { ...home, env });
    expect(stdout).toMatch(/^failed +store: +.*the D-Bus session is another account's/m);
    expect(stdout).toMatch(/without sudo or su/);
    expect(await lockedOut(home)).toEqual([]);
  });
});

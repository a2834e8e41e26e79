// The Tauri app of the examples: what its windows may do, and, compiled, a session in its window and its end.
import { execFile, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startServer } from "./support/app.js";
import { createCli } from "./support/cli.js";
import { NO_BUS } from "./support/cli-world.js";
import { startDisplay } from "./support/display.js";
import { programPath } from "./support/program.js";
import { hasProgram } from "./support/programs.js";
import { startRecordingServer } from "./support/recording-server.js";
import { openAppWindow } from "./support/window-driver.js";

const run = promisify(execFile);
const folder = fileURLToPath(new URL("../../examples/tauri-app/src-tauri", import.meta.url));
const script = fileURLToPath(new URL("../../scripts/executable.mjs", import.meta.url));
const cache = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
const CARGO_TARGET_DIR = join(cache, "loopkey-tauri-target");

/** With what is compiled already a minute; without, far more. */
const COMPILE_MS = 480_000;

const missing = ((): string | undefined => {
  if (process.env["LOOPKEY_WITHOUT_TAURI_APP"]) return "LOOPKEY_WITHOUT_TAURI_APP is set";
  if (process.env["CI"] !== undefined) return undefined;
  if (!hasProgram("cargo")) return "cargo is missing: https://rustup.rs";
  const hasLibrary = spawnSync("pkg-config", ["--exists", "webkit2gtk-4.1"]).status === 0;
  if (!hasLibrary || !hasProgram("WebKitWebDriver") || !hasProgram("Xvfb"))
    return "missing: sudo apt-get install pkg-config libwebkit2gtk-4.1-dev webkit2gtk-driver xvfb";
  if (!existsSync(CARGO_TARGET_DIR))
    return `it is not compiled: (cd examples/tauri-app/src-tauri && CARGO_TARGET_DIR=${CARGO_TARGET_DIR} cargo build), some 15 minutes`;
  return undefined;
})();

function readJson(...path: string[]): Record<string, unknown> {
  return JSON.parse(readFileSync(join(folder, ...path), "utf8")) as Record<string, unknown>;
}

describe("what is granted to the windows", () => {
  const capabilities = readdirSync(join(folder, "capabilities")).map((name) =>
    readJson("capabilities", name),
  );
  const permissions = capabilities.flatMap(
    (each) => each["permissions"] as (string | { identifier: string })[],
  );
  const names = permissions.map((each) => (typeof each === "string" ? each : each.identifier));

  it("no capability has a permission of the shell plugin, or of anything that starts a process", () => {
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => /^(shell|process|opener|core:default)\b/.test(name))).toEqual([]);
  });

  it("they are the app's own commands, and to listen to its events", () => {
    const own = /commands\(&\[([^\]]*)\]/.exec(readFileSync(join(folder, "build.rs"), "utf8"))![1]!;
    const commands = [...own.matchAll(/"([a-z_]+)"/g)].map(
      ([, name]) => `allow-${name!.replaceAll("_", "-")}`,
    );
    expect(names.toSorted()).toEqual(
      [...commands, "core:event:allow-listen", "core:event:allow-unlisten"].toSorted(),
    );
  });

  it("the plugin is not even there, the configuration grants nothing beside, and the sidecar is bundled", () => {
    expect(readFileSync(join(folder, "Cargo.lock"), "utf8")).not.toContain("tauri-plugin-shell");
    const { app, bundle } = readJson("tauri.conf.json") as Record<string, Record<string, unknown>>;
    expect(app!["security"]).toMatchObject({
      capabilities: ["main"],
      csp: expect.stringContaining("default-src 'self'"),
    });
    expect(bundle!["externalBin"]).toEqual(["binaries/loopkey"]);
  });
});

describe("compiled", () => {
  const app = join(CARGO_TARGET_DIR, "debug", "loopkey-example-tauri-app");

  beforeAll(async () => {
    if (missing !== undefined) return;
    await run(process.execPath, [script, join(folder, "binaries")]);
    await run("cargo", ["build", "--locked", "--quiet"], {
      cwd: folder,
      env: { ...process.env, CARGO_TARGET_DIR },
      timeout: COMPILE_MS,
      maxBuffer: 64 * 1_048_576,
    });
  }, COMPILE_MS + 60_000);

  it("signs in from its window, shows what the API answers, and signs out; killed, it leaves no process", async (ctx) => {
    ctx.skip(missing !== undefined, missing);
    const server = await startServer();
    const reports = await startRecordingServer();
    const keyFolder = await mkdtemp(join(tmpdir(), "loopkey-key-"));
    onTestFinished(() => rm(keyFolder, { recursive: true, force: true, maxRetries: 10 }));
    const LOOPKEY_KEY_FILE = join(keyFolder, "key");
    await writeFile(LOOPKEY_KEY_FILE, Buffer.alloc(32, 7), { mode: 0o600 });
    const { username, password } = server.account;
    const cli = await createCli({
      ...NO_BUS,
      LOOPKEY_KEY_FILE,
      DISPLAY: await startDisplay(),
      EXAMPLE_ISSUER: server.issuer,
      BROWSER: `"${process.execPath}" "${programPath("browser")}" ${username} ${password} ${new URL(reports.origin).port} %s`,
    });
    const window = await openAppWindow(app, cli.env);
    await window.shows("Not signed in (idle).");
    await window.click("#sign-in");
    await window.shows(/Signed in as Ada Lovelace\.[^]*Note G/);
    expect((await reports.requested("/page")).body).toBe("You are signed in");
    const secrets = server.secrets.map(({ value }) => value);
    expect(secrets.length).toBeGreaterThan(0);
    const page = String(await window.run("return document.documentElement.outerHTML"));
    expect(secrets.filter((secret) => page.includes(secret))).toEqual([]);
    // A window may not do what no capability grants it.
    const denied = await window.run(
      `return window.__TAURI__.core.invoke("plugin:shell|execute", { program: "sh" }).catch(String)`,
    );
    expect(denied).toMatch(/not allowed|not found/);
    await window.click("#sign-out");
    await window.shows("Not signed in (logged-out).");

    const sidecars = async (): Promise<readonly string[]> =>
      (await cli.leftovers()).filter((line) => line.includes("loopkey\0serve"));
    expect(await sidecars()).toHaveLength(1);
    window.kill();
    await expect.poll(sidecars, { timeout: 5_000 }).toEqual([]);
  }, 120_000);
});

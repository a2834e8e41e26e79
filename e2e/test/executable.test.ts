// `loopkey` as one file (scripts/executable.mjs): alone in a folder, with no Node to be found, in a session with a keyring.
import { execFile } from "node:child_process";
import { chmod, copyFile, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { startServer } from "./support/app.js";
import { programPath } from "./support/program.js";
import { startRecordingServer } from "./support/recording-server.js";
import { missingForSecretService, startBus } from "./support/secret-service.js";
import { startSidecar } from "./support/sidecar.js";

const run = promisify(execFile);
const script = fileURLToPath(new URL("../../scripts/executable.mjs", import.meta.url));

const HOST = "api.example.com";
const INDEX = { "index-url": `sparse+https://${HOST}/index/` };

/** Name, stdin, and the rest of the command line. */
const CONTRACTS: readonly (readonly [name: string, stdin: string, ...args: string[]])[] = [
  ["kubectl", "", "--host", HOST],
  ["bazel", JSON.stringify({ uri: `https://${HOST}/x` }), "get"],
  ["git", `protocol=https\nhost=${HOST}\n\n`, "get"],
  ["claude", "", "--host", HOST],
  ["goauth", "", "--host", HOST],
  ["pnpm", "", "--host", HOST],
  ["docker", HOST, "get"],
  [
    "cargo",
    `${JSON.stringify({ v: 1, registry: INDEX, kind: "get", operation: "read" })}\n`,
    "--cargo-plugin",
  ],
  ["terraform", "", "get", HOST],
];

interface End {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Alone {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly file: string;
  readonly loopkey: (...args: string[]) => Promise<End>;
  /** With this on stdin. */
  readonly told: (stdin: string, ...args: string[]) => Promise<End>;
}

let built: string;
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "loopkey-executable-"));
  built = (await run(process.execPath, [script, folder])).stdout.trim();
  return () => rm(folder, { recursive: true });
}, 240_000);

/** A copy in a folder without anything of ours above it. */
async function alone(env: NodeJS.ProcessEnv): Promise<Alone> {
  const folder = await mkdtemp(join(tmpdir(), "loopkey-alone-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  const file = join(folder, "loopkey");
  await copyFile(built, file);
  await chmod(file, 0o755);
  await mkdir(join(folder, "home"));
  const own = { PATH: "/nonexistent", HOME: join(folder, "home"), ...env };
  const told: Alone["told"] = (stdin, ...args) => {
    const running = run(file, args, { cwd: folder, env: own });
    running.child.stdin!.end(stdin);
    return running.then(
      (end) => ({ code: 0, ...end }),
      (error: End) => error,
    );
  };
  return { folder, env: own, file, told, loopkey: (...args) => told("", ...args) };
}

it("tells its version, and every command its help, without anything beside it", async () => {
  const { loopkey, folder } = await alone({});
  expect(await loopkey("--version")).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  });
  const help = (await loopkey("--help")).stdout;
  const commands = [...help.split("Commands:")[1]!.matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name!);
  expect(commands).toEqual(
    expect.arrayContaining(["login", "status", "token", "whoami", "logout", "doctor", "serve"]),
  );
  const ends = await Promise.all(
    commands.filter((name) => name !== "help").map((name) => loopkey(name, "--help")),
  );
  expect(ends.filter(({ code }) => code !== 0)).toEqual([]);
  expect((await readdir(folder)).toSorted()).toEqual(["home", "loopkey"]);
});

describe("with a keyring", () => {
  beforeEach((ctx) => ctx.skip(missingForSecretService !== undefined, missingForSecretService));

  it("signs in, uses the session in every command, and signs out", async () => {
    const server = await startServer();
    const bus = await startBus();
    await bus.startKeyring("unlocked");
    const reports = await startRecordingServer();
    const { username, password } = server.account;
    const browser = `"${process.execPath}" "${programPath("browser")}" ${username} ${password} ${new URL(reports.origin).port} %s`;
    const { loopkey, told, file, env } = await alone({ ...bus.env, BROWSER: browser });
    const options = ["--issuer", server.issuer, "--client-id", server.clientId];

    expect(await loopkey("doctor", ...options)).toMatchObject({ code: 0, stderr: "" });
    const login = await loopkey("login", ...options, "--api-origin", "https://api.example.com", "--json");
    expect(login).toMatchObject({ code: 0 });
    expect(JSON.parse(login.stdout)).toMatchObject({ subject: "account-ada", store: { kind: "keyring" } });
    expect((await reports.requested("/page")).body).toBe("You are signed in");
    expect(await loopkey("status")).toMatchObject({ code: 0, stderr: "" });
    const token = await loopkey("token");
    expect(token).toMatchObject({ code: 0, stderr: "", stdout: expect.stringMatching(/^[\w-]+\n$/) });
    expect(await loopkey("whoami")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^sub: account-ada$/m),
    });

    // Each waits for the lock that another has.
    const atOnce = await Promise.all(Array.from({ length: 4 }, () => loopkey("token")));
    expect(atOnce.map(({ code, stderr }) => [code, stderr])).toEqual(atOnce.map(() => [0, ""]));

    for (const [name, stdin, ...args] of CONTRACTS) {
      // oxlint-disable-next-line no-await-in-loop
      const { code, stdout, stderr } = await told(stdin, "credential", name, ...args);
      expect({ name, code, stderr }).toEqual({ name, code: 0, stderr: "" });
      expect(stdout).toMatch(/[\w-]{20,}/);
    }
    expect(await loopkey("list")).toMatchObject({ code: 0, stdout: expect.stringContaining("account-ada") });
    expect(await loopkey("list", "--check")).toMatchObject({ code: 0 });
    expect(await loopkey("switch", "default")).toMatchObject({ code: 0 });
    expect(await loopkey("explain")).toMatchObject({ code: 0 });
    const setup = await loopkey("setup", "pnpm", "--host", "api.example.com", "--write");
    // By its own path: no script is beside it.
    expect(setup).toMatchObject({ code: 0, stdout: expect.stringContaining("Changed: ") });
    const program = /Changed: (\S+pnpm\S+)/.exec(setup.stdout)![1]!;
    expect((await run(program, [], { env })).stdout).toMatch(/^[\w-]+\n$/);
    for (const shell of ["bash", "zsh", "fish", "powershell"])
      // oxlint-disable-next-line no-await-in-loop
      expect(await loopkey("completion", shell)).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("loopkey"),
      });

    const asks = `
      const [, base] = Object.entries(process.env).find(([name]) => name.startsWith("LOOPKEY_BROKER_"));
      const answer = await fetch(base + "/api/notes");
      console.log(answer.status, (await answer.json()).owner);`;
    const allowed = ["--allow", server.apiUrl, "--audit", "/dev/null"];
    const node = [process.execPath, "--input-type=module", "-e", asks];
    for (const mode of [[], ["--proxy"], ["--intercept"]])
      // oxlint-disable-next-line no-await-in-loop
      expect(await loopkey("broker", ...allowed, ...mode, "--", ...node)).toMatchObject({
        code: 0,
        stdout: "200 Ada Lovelace\n",
        stderr: "",
      });
    expect(await loopkey("broker", ...allowed, "--", "/bin/sh", "-c", "exit 7")).toMatchObject({ code: 7 });

    // The same session, by the app's and the profile's name.
    const sidecar = startSidecar({ env, command: [file] });
    const { issuer, clientId } = server;
    const hello = await sidecar.get("initialize", {
      protocolVersion: 1,
      appName: "loopkey",
      config: { issuer, clientId },
    });
    expect(hello).toMatchObject({ state: { session: { subject: "account-ada" } } });
    expect(await sidecar.get("fetch", { url: server.apiUrl })).toMatchObject({ status: 200 });
    sidecar.child.stdin.end();
    expect(await sidecar.ended).toEqual({ code: 0, signal: null, stderr: "" });

    expect(await loopkey("logout", "--no-browser")).toMatchObject({ code: 0 });
    expect(await loopkey("status")).toMatchObject({ code: 4 });
  });
});

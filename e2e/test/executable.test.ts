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
  return {
    folder,
    env: own,
    file,
    loopkey: (...args) =>
      run(file, args, { cwd: folder, env: own }).then(
        (end) => ({ code: 0, ...end }),
        (error: End) => error,
      ),
  };
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
    const { loopkey, file, env } = await alone({ ...bus.env, BROWSER: browser });
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

    const credential = await loopkey("credential", "pnpm", "--host", "api.example.com");
    expect(credential).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[\w-]+\n?$/) });

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

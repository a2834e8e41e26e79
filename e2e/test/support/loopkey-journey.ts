// The main journey at the command line, on whatever runs `loopkey`: signed in by a browser, in every command, signed out.
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { startServer, type Server } from "./app.js";
import { programPath } from "./program.js";
import { startRecordingServer, type RecordingServer } from "./recording-server.js";
import { startBus } from "./secret-service.js";

export interface End {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type Run = (...args: string[]) => Promise<End>;

/** A person with a home, a keyring and a browser of their own, and a server; nothing of whoever runs the tests. */
export interface Person {
  readonly server: Server;
  /** What the browser ended on, at `/page`. */
  readonly reports: RecordingServer;
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs this program with them; killed when the test is finished. */
  run(command: readonly string[], more?: NodeJS.ProcessEnv): Promise<End>;
}

/** `path`: PATH of what they run. The browser needs none. */
export async function createPersonAtHome({ path = "/nonexistent" } = {}): Promise<Person> {
  const server = await startServer();
  const bus = await startBus();
  await bus.startKeyring("unlocked");
  const reports = await startRecordingServer();
  const home = await mkdtemp(join(tmpdir(), "loopkey-home-"));
  onTestFinished(() => rm(home, { recursive: true, force: true, maxRetries: 10 }));
  await mkdir(join(home, "tmp"));
  const { username, password } = server.account;
  const port = new URL(reports.origin).port;
  const env: NodeJS.ProcessEnv = {
    ...bus.env,
    PATH: path,
    HOME: home,
    TMPDIR: join(home, "tmp"),
    // Node at one place, for a program that may run on another.
    BROWSER: `"${process.execPath}" "${programPath("browser")}" ${username} ${password} ${port} %s`,
  };
  return { server, reports, home, env, run: (command, more) => runIn(home, command, { ...env, ...more }) };
}

async function runIn(cwd: string, command: readonly string[], env: NodeJS.ProcessEnv): Promise<End> {
  const child = spawn(command[0]!, command.slice(1), { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** Fails where one of its steps does not do what is promised. */
export async function expectLoopkeyJourney(loopkey: Run, { server, reports }: Person): Promise<void> {
  const options = ["--issuer", server.issuer, "--client-id", server.clientId];
  expect(await loopkey("doctor", ...options)).toMatchObject({ code: 0, stderr: "" });
  const login = await loopkey("login", ...options, "--api-origin", "https://api.example.com", "--json");
  expect(login).toMatchObject({ code: 0 });
  expect(JSON.parse(login.stdout)).toMatchObject({ subject: "account-ada", store: { kind: "keyring" } });
  expect((await reports.requested("/page")).body).toBe("You are signed in");

  expect(await loopkey("status")).toMatchObject({ code: 0, stderr: "" });
  // Each is another process, which has the session from the keyring and refreshes it.
  const tokens = [await loopkey("token"), await loopkey("token")];
  for (const token of tokens)
    expect(token).toMatchObject({ code: 0, stderr: "", stdout: expect.stringMatching(/^[\w-]+\n$/) });
  expect(new Set(tokens.map(({ stdout }) => stdout)).size).toBe(2);
  expect(await loopkey("whoami")).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^sub: account-ada$/m),
  });
  expect(await loopkey("logout", "--no-browser")).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/tokens at the server: +ended/),
  });
  expect(await loopkey("status")).toMatchObject({ code: 4 });
}

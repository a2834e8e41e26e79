// The commands in another program, in processes of their own: they end nothing that is not theirs.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startFakeServer, type RunningFakeServer } from "@loopkey/node-adapter/testing";
import { expect, it, onTestFinished } from "vitest";
import type { HostOrder } from "../programs/host-cli.js";
import { holdRefresh, isRefresh } from "./support/held-refresh.js";
import { programPath } from "./support/program.js";
import { startNode, type WatchedProcess } from "./support/watched-process.js";

/** More than a command needs to be over, and anything that would end the process after it. */
const LONG_MS = 1_500;

interface Host {
  readonly server: RunningFakeServer;
  start(command: string, order?: Partial<HostOrder>, program?: "host-cli" | "own-signals"): WatchedProcess;
}

async function createHost(): Promise<Host> {
  const server = await startFakeServer();
  onTestFinished(() => server.close());
  const folder = await mkdtemp(join(tmpdir(), "loopkey-host-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  return {
    server,
    start(command, more = {}, program = "host-cli") {
      const order: HostOrder = { issuer: server.issuer, args: command.split(" "), client: "made", ...more };
      const env = { XDG_STATE_HOME: folder };
      return startNode([programPath(program), JSON.stringify(order)], { env });
    },
  };
}

async function signedIn(): Promise<Host> {
  const host = await createHost();
  expect(await host.start("login").ended).toMatchObject({ code: 0 });
  return host;
}

const exited = (code: number) => ({ code, signal: null });

it.each(["given", "made"] as const)(
  "the program's own work goes on after a command, and its exit code is that of the command (client: %s)",
  async (client) => {
    const host = await createHost();
    const login = await host.start("login", { client, workMs: LONG_MS }).ended;
    expect(login).toMatchObject(exited(0));
    expect(login.stdout).toMatch(/^Signed in as ada[^]*\nThe program's own work is done\.\n$/);
    await host.start("logout", { client }).ended;
    const status = await host.start("status", { client, workMs: LONG_MS }).ended;
    expect(status).toMatchObject(exited(4));
    expect(status.stdout).toMatch(/The program's own work is done\.\n$/);
  },
);

it("a refresh that a given client has begun is saved before the process ends by itself", async () => {
  const host = await signedIn();
  const { committed, answer } = holdRefresh(host.server);
  const status = host.start("status", { client: "given" });
  await committed;
  await status.wrote("stdout", /^Signed in/);
  answer();
  expect(await status.ended).toMatchObject({ ...exited(0), stdout: expect.stringMatching(/^Signed in/) });
  expect(await host.start("token").ended).toMatchObject(exited(0));
});

it("a command that is interrupted leaves the program its own work, and the refresh its save", async () => {
  const host = await signedIn();
  const { committed, answer } = holdRefresh(host.server);
  const token = host.start("token", { workMs: LONG_MS });
  await committed;
  token.kill("SIGINT");
  await token.wrote("stderr", /Finishing what must not be cut off/);
  answer();
  const { stdout, stderr, ...end } = await token.ended;
  // By the signal, after all that the program had to do: a shell that runs a loop ends that too.
  expect(end).toEqual({ code: null, signal: "SIGINT" });
  expect(stderr).toMatch(/^host: Interrupted\. \[cancelled]$/m);
  expect(stdout).toBe("The program's own work is done.\n");
  expect(await host.start("token").ended).toMatchObject(exited(0));
});

it("a server that does not answer changes nothing about the exit code", async () => {
  const host = await signedIn();
  host.server.intercept = (request) => (isRefresh(request) ? new Promise(() => {}) : undefined);
  const status = await host.start("status", { client: "given", requestTimeoutMs: LONG_MS }).ended;
  expect(status).toMatchObject({ ...exited(0), stdout: expect.stringMatching(/^Signed in/), stderr: "" });
});

it.each(["given", "made"] as const)(
  "a closed terminal ends the program as ever, when a refresh that was sent is saved (client: %s)",
  async (client) => {
    const host = await signedIn();
    const { committed, answer } = holdRefresh(host.server);
    const token = host.start("token", { client, workMs: LONG_MS });
    await committed;
    token.kill("SIGHUP");
    await token.wrote("stderr", /Finishing what must not be cut off/);
    answer();
    expect(await token.ended).toMatchObject({ code: null, signal: "SIGHUP", stdout: "" });
    expect(await host.start("token").ended).toMatchObject(exited(0));
    expect(host.server.reuses).toBe(0);
  },
);

it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "a program that listens to %s itself hears it once, and goes on; the command is interrupted, and leaves no listener",
  async (signal) => {
    const host = await signedIn();
    const { committed, answer } = holdRefresh(host.server);
    const token = host.start("token", { workMs: LONG_MS, listensTo: [signal] });
    await committed;
    token.kill(signal);
    await token.wrote("stderr", /Finishing what must not be cut off/);
    answer();
    expect(await token.ended).toMatchObject({
      ...exited(130),
      stdout: `The program heard ${signal}.\nThe program's own work is done.\n`,
    });
    expect(await host.start("token").ended).toMatchObject(exited(0));
  },
);

it("a reader of stdout that has gone away while a command runs costs neither the session nor the exit code", async () => {
  const host = await signedIn();
  const { committed, answer } = holdRefresh(host.server);
  const token = host.start("token");
  await committed;
  token.closeStdout();
  answer();
  expect(await token.ended).toMatchObject({ ...exited(0), stderr: "" });
  expect(await host.start("token").ended).toMatchObject(exited(0));
  expect(host.server.reuses).toBe(0);
});

it.each([
  ["process.exit", "SIGUSR2", { code: 3, signal: null }],
  ["SIGKILL", "SIGKILL", { code: null, signal: "SIGKILL" }],
] as const)(
  "%s cuts a refresh off: should that end the session, the next command says that an answer was lost",
  async (_, signal, end) => {
    const host = await signedIn();
    const { committed } = holdRefresh(host.server);
    const token = host.start("token");
    await committed;
    token.kill(signal);
    expect(await token.ended).toMatchObject({ ...end, stdout: "" });
    const next = await host.start("token").ended;
    expect(next).toMatchObject({ ...exited(4), stdout: "" });
    expect(next.stderr).toContain("[answer_lost]");
  },
);

it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "a program without the commands, which closes its client as the docs say: %s loses nothing either",
  async (signal) => {
    const host = await signedIn();
    const { committed, answer } = holdRefresh(host.server);
    const app = host.start("", {}, "own-signals");
    await committed;
    app.kill(signal);
    await app.wrote("stdout", /Closing/);
    answer();
    expect(await app.ended).toMatchObject({ code: null, signal });
    expect(await host.start("token").ended).toMatchObject(exited(0));
    expect(host.server.reuses).toBe(0);
  },
);

it("an interrupted command gives a refresh up after four seconds, and the program ends by itself", async () => {
  const host = await signedIn();
  const { committed } = holdRefresh(host.server);
  const token = host.start("token");
  await committed;
  const at = Date.now();
  token.kill("SIGTERM");
  expect(await token.ended).toMatchObject(exited(130));
  expect(Date.now() - at).toBeGreaterThan(3_900);
  expect(Date.now() - at).toBeLessThan(15_000);
});

// The commands in another program, in processes of their own: they end nothing that is not theirs.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as afterMs } from "node:timers/promises";
import { startFakeServer, type RunningFakeServer } from "@loopkey/node-adapter/testing";
import { expect, it, onTestFinished } from "vitest";
import type { HostOrder } from "../programs/host-cli.js";
import { programPath } from "./support/program.js";
import { startNode, type WatchedProcess } from "./support/watched-process.js";

/** More than a command needs to be over, and anything that would end the process after it. */
const LONG_MS = 1_500;

interface Host {
  readonly server: RunningFakeServer;
  start(command: string, order?: Partial<HostOrder>): WatchedProcess;
}

async function createHost(): Promise<Host> {
  const server = await startFakeServer();
  onTestFinished(() => server.close());
  const folder = await mkdtemp(join(tmpdir(), "loopkey-host-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  return {
    server,
    start(command, more = {}) {
      const order: HostOrder = { issuer: server.issuer, args: command.split(" "), client: "made", ...more };
      const env = { XDG_STATE_HOME: folder };
      return startNode([programPath("host-cli"), JSON.stringify(order)], { env });
    },
  };
}

async function signedIn(): Promise<Host> {
  const host = await createHost();
  expect(await host.start("login").ended).toMatchObject({ code: 0 });
  return host;
}

type Asked = Parameters<NonNullable<RunningFakeServer["intercept"]>>[0];

const isRefresh = ({ body }: Asked): boolean => body.get("grant_type") === "refresh_token";

/** The next refresh is committed at once, and answered late. */
function answerLate({ server }: Host): { readonly committed: Promise<void> } {
  let onCommitted: () => void;
  const committed = new Promise<void>((resolve) => (onCommitted = resolve));

  async function commit({ url, method, headers, text }: Asked): Promise<Response> {
    const outcome = await server.handle(new Request(url, { method, headers, body: text }));
    if (!("response" in outcome)) throw new Error("The server gave no answer.");
    onCommitted();
    await afterMs(LONG_MS);
    return outcome.response;
  }
  server.intercept = (request) => {
    if (!isRefresh(request)) return undefined;
    server.intercept = undefined;
    return commit(request);
  };
  return { committed };
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
  const { committed } = answerLate(host);
  const status = host.start("status", { client: "given" });
  await committed;
  expect(await status.ended).toMatchObject({ ...exited(0), stdout: expect.stringMatching(/^Signed in/) });
  expect(await host.start("token").ended).toMatchObject(exited(0));
});

it("a command that is interrupted leaves the program its own work, and the refresh its save", async () => {
  const host = await signedIn();
  const { committed } = answerLate(host);
  const token = host.start("token", { workMs: LONG_MS });
  await committed;
  token.kill("SIGINT");
  const { stdout, stderr, ...end } = await token.ended;
  expect(end).toEqual(exited(130));
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

// `loopkey serve` ends with its caller: in every state, within five seconds, with what must be saved saved or told.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startFakeServer, type RunningFakeServer } from "@loopkey/node-adapter/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { cliPath, createCli, type Cli } from "./support/cli.js";
import { NO_BUS } from "./support/cli-world.js";
import { holdRefresh } from "./support/held-refresh.js";
import { startProgram, type Program } from "./support/program.js";
import { missingForSecretService, startBus } from "./support/secret-service.js";
import { startSidecar, type Sidecar } from "./support/sidecar.js";

const APP_NAME = "Sidecar e2e";

/** Five seconds are promised, from the end of stdin on; the rest is for a busy machine, and far from the limits behind (10 s and more). */
const LIMIT_MS = 5_000 + 4_000;

interface World {
  readonly server: RunningFakeServer;
  readonly cli: Cli;
  readonly sidecar: Sidecar;
  /** Another one, of the same app. */
  start(): Promise<Sidecar>;
}

async function createWorld(): Promise<World> {
  const server = await startFakeServer({ offers: ["device"] });
  onTestFinished(() => server.close());
  const folder = await mkdtemp(join(tmpdir(), "loopkey-sidecar-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const keyFile = join(folder, "key");
  await writeFile(keyFile, Buffer.alloc(32, 7), { mode: 0o600 });
  const cli = await createCli({ ...NO_BUS, LOOPKEY_KEY_FILE: keyFile, BROWSER: "true" });
  const start = async (): Promise<Sidecar> => {
    const sidecar = startSidecar({ env: cli.env });
    await sidecar.get("initialize", appOf(server));
    return sidecar;
  };
  return { server, cli, start, sidecar: await start() };
}

function appOf({ issuer }: RunningFakeServer): object {
  return {
    protocolVersion: 1,
    appName: APP_NAME,
    store: "encrypted-file",
    config: { issuer, clientId: "app", refreshOnStart: false },
  };
}

async function signIn({ sidecar }: World): Promise<void> {
  const signingIn = sidecar.get("signIn", { openBrowser: false });
  await fetch(await waitingUrl(sidecar));
  await signingIn;
}

async function waitingUrl(sidecar: Sidecar): Promise<string> {
  return (await sidecar.reached((state) => state.status === "awaiting-callback" && "url" in state))["url"]!;
}

/** Its answer is none of the test's: the sidecar ends before. */
function begin({ sidecar }: World, method: string, params?: object): void {
  sidecar.ask(method, params).catch(() => {});
}

/** An endpoint that never answers, once it is asked. */
function stuck(server: RunningFakeServer, path: RegExp): Promise<void> {
  return new Promise((resolve) => {
    server.intercept = ({ url }) => {
      if (!path.test(String(url))) return undefined;
      resolve();
      return new Promise(() => {});
    };
  });
}

const STATES: Readonly<Record<string, (world: World) => Promise<unknown>>> = {
  idle: async () => {},
  "awaiting-callback (preparing)": async (world) => {
    const asked = stuck(world.server, /well-known/);
    begin(world, "signIn");
    await asked;
  },
  "awaiting-callback (waiting)": async (world) => {
    begin(world, "signIn");
    await waitingUrl(world.sidecar);
  },
  "awaiting-callback (device)": async (world) => {
    begin(world, "signIn", { flow: "device" });
    await world.sidecar.reached((state) => "step" in state && state.step === "device");
  },
  exchanging: async (world) => {
    const asked = stuck(world.server, /token/);
    begin(world, "signIn", { openBrowser: false });
    fetch(await waitingUrl(world.sidecar)).catch(() => {});
    await asked;
  },
  authenticated: signIn,
  "authenticated, with a call of an API under way": async (world) => {
    await signIn(world);
    await world.sidecar.get("getAccessToken");
    const asked = stuck(world.server, /userinfo/);
    begin(world, "fetch", { url: `${world.server.issuer}/userinfo` });
    await asked;
  },
  "logging-out (the browser's visit)": async (world) => {
    await signIn(world);
    begin(world, "signOut");
    await world.sidecar.reached((state) => state.status === "logging-out" && "url" in state);
  },
  "logged-out": async (world) => {
    await signIn(world);
    await world.sidecar.get("signOut", { browser: false });
  },
};

async function endedInTime(world: World, leave: () => void) {
  const at = Date.now();
  leave();
  const end = await world.sidecar.ended;
  expect(Date.now() - at).toBeLessThan(LIMIT_MS);
  expect(await world.cli.leftovers()).toEqual([]);
  return end;
}

const closeStdin = ({ sidecar }: World) => void sidecar.child.stdin.end();

/** The next message finds nobody who reads it. */
const closeStdout = ({ sidecar }: World) => {
  sidecar.child.stdout.destroy();
  sidecar.write('{"jsonrpc":"2.0","id":"gone","method":"getState"}');
};

describe.each([
  ["the end of stdin", closeStdin],
  ["a stdout that nobody reads any more", closeStdout],
] as const)("%s", (_, leave) => {
  it.each(Object.keys(STATES))("ends it when it is %s, with nothing left behind", async (state) => {
    const world = await createWorld();
    await STATES[state]!(world);
    expect(await endedInTime(world, () => leave(world))).toEqual({ code: 0, signal: null, stderr: "" });
  });

  it("before initialize ends it", async () => {
    const cli = await createCli();
    const world = { sidecar: startSidecar({ env: cli.env }), cli } as World;
    expect(await endedInTime(world, () => leave(world))).toEqual({ code: 0, signal: null, stderr: "" });
  });

  it("lets a refresh that was sent be saved", async () => {
    const world = await createWorld();
    await signIn(world);
    const held = holdRefresh(world.server);
    begin(world, "getAccessToken", { forceRefresh: true });
    await held.committed;
    leave(world);
    held.answer();
    expect(await endedInTime(world, () => {})).toEqual({ code: 0, signal: null, stderr: "" });
    const next = await world.start();
    expect(await next.get("getAccessToken")).toMatchObject({ accessToken: expect.any(String) });
    expect(world.server.reuses).toBe(0);
  });

  it("gives up a refresh that is not answered, and says so", async () => {
    const world = await createWorld();
    await signIn(world);
    const held = holdRefresh(world.server);
    begin(world, "getAccessToken", { forceRefresh: true });
    await held.committed;
    const { code, stderr } = await endedInTime(world, () => leave(world));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^loopkey: A refresh that was sent has not been answered, and is given up\./);
  });

  it("says that a renewed session could not be saved", async () => {
    const world = await createWorld();
    await signIn(world);
    const held = holdRefresh(world.server);
    begin(world, "getAccessToken", { forceRefresh: true });
    await held.committed;
    // The place of its file is gone, after it has been made sure of.
    const state = world.cli.env["XDG_STATE_HOME"]!;
    await rename(state, `${state}-away`);
    await writeFile(state, "");
    onTestFinished(() => rm(`${state}-away`, { recursive: true }));
    held.answer();
    const { code, stderr } = await endedInTime(world, () => leave(world));
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^loopkey: The renewed session could not be saved\. .*ENOTDIR.* sign in again\.$/m,
    );
  });

  it("says that a sign-out was not finished", async () => {
    const world = await createWorld();
    await signIn(world);
    const asked = stuck(world.server, /revo/);
    begin(world, "signOut", { browser: false });
    await asked;
    const { code, stderr } = await endedInTime(world, () => leave(world));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^loopkey: The sign-out could not be finished in time/);
  });
});

describe("the end of stdin", () => {
  it("ends it while nobody reads what it has written", async () => {
    const world = await createWorld();
    world.sidecar.child.stdout.pause();
    // Far more than pipes hold: each is answered with as much again.
    for (let n = 0; n < 10_000; n++)
      world.sidecar.write(`{"jsonrpc":"2.0","id":"${n} ${"x".repeat(200)}","method":"none"}`);
    const at = Date.now();
    world.sidecar.child.stdin.end();
    await once(world.sidecar.child, "exit");
    expect(Date.now() - at).toBeLessThan(LIMIT_MS);
  });

  it("ends it while a frozen keyring is waited for", async (ctx) => {
    ctx.skip(missingForSecretService !== undefined, missingForSecretService);
    const bus = await startBus();
    const keyring = await bus.startKeyring("unlocked");
    const server = await startFakeServer();
    onTestFinished(() => server.close());
    const cli = await createCli({ ...bus.env, BROWSER: "true" });
    const sidecar = startSidecar({ env: cli.env });
    keyring.signal("SIGSTOP");
    sidecar.ask("initialize", { ...appOf(server), store: "keyring" }).catch(() => {});
    // Its answer shows that it has begun.
    expect(await sidecar.get("getState")).toMatchObject({ status: "restoring" });
    await endedInTime({ sidecar, cli } as World, () => void sidecar.child.stdin.end());
    keyring.signal("SIGCONT");
  });

  it("is what the death of its caller comes to: no orphan", async () => {
    const cli = await createCli();
    const program = `
      const { spawn } = require("node:child_process");
      const child = spawn(process.execPath, [${JSON.stringify(cliPath)}, "serve"], { stdio: ["pipe", "pipe", "inherit"] });
      child.stdin.write('{"jsonrpc":"2.0","id":1,"method":"getState"}\\n');
      child.stdout.once("data", () => console.log("serving"));`;
    const caller = spawn(process.execPath, ["-e", program], {
      env: cli.env,
      stdio: ["ignore", "pipe", "ignore"],
    });
    onTestFinished(() => void caller.kill("SIGKILL"));
    await once(caller.stdout, "data");
    expect(await cli.leftovers()).toHaveLength(2);
    caller.kill("SIGKILL");
    await expect.poll(() => cli.leftovers(), { timeout: LIMIT_MS }).toEqual([]);
  });
});

it("SIGTERM ends it as the end of stdin does, with 130", async () => {
  const world = await createWorld();
  await STATES["awaiting-callback (waiting)"]!(world);
  const end = await endedInTime(world, () => void world.sidecar.child.kill("SIGTERM"));
  expect(end).toEqual({ code: 130, signal: null, stderr: "" });
});

/** Another process of the app is at work with the session. */
async function lockedElsewhere({ cli }: World): Promise<Program> {
  const { XDG_STATE_HOME } = cli.env;
  const holder = startProgram("hold-lock", { order: { appName: APP_NAME }, env: { XDG_STATE_HOME } });
  await holder.said("held");
  return holder;
}

/**
 * Resolves once it stands at the lock: it has read who has it. Shown by when the file was read last, for its file is open for
 * some microseconds of each try.
 */
async function waitsForLock({ cli }: World): Promise<void> {
  const folder = cli.env["XDG_STATE_HOME"]!;
  const locks = (await readdir(folder, { recursive: true })).filter((path) => path.endsWith(".lock"));
  expect(locks).toHaveLength(1);
  const file = join(folder, locks[0]!);
  // A system that notes it once a day only (`relatime`) notes it of a file that seems not to have been read since it was written.
  const longAgo = new Date(1_000_000);
  await utimes(file, longAgo, new Date());
  const wasRead = async (): Promise<boolean> => (await stat(file)).atimeMs !== longAgo.getTime();
  await expect.poll(wasRead, { timeout: 20_000 }).toBe(true);
}

describe.each([
  ["the end of stdin", closeStdin],
  ["a stdout that nobody reads any more", closeStdout],
] as const)("%s, while another process has the session's lock,", (_, leave) => {
  it("gives up a refresh of which nothing was sent: its token is as it was", async () => {
    const world = await createWorld();
    await signIn(world);
    const holder = await lockedElsewhere(world);
    const before = world.server.requests.length;
    begin(world, "getAccessToken", { forceRefresh: true });
    await world.sidecar.reached(({ status }) => status === "refreshing");
    await waitsForLock(world);
    const at = Date.now();
    leave(world);
    expect(await world.sidecar.ended).toEqual({ code: 0, signal: null, stderr: "" });
    expect(Date.now() - at).toBeLessThan(LIMIT_MS);
    expect(world.server.requests.slice(before).filter(({ path }) => path.includes("token"))).toEqual([]);
    holder.tell("let go");
    await holder.ended;
    const next = await world.start();
    expect(await next.get("getAccessToken")).toMatchObject({ accessToken: expect.any(String) });
    expect(world.server.reuses).toBe(0);
  });

  async function saving(): Promise<{ readonly world: World; readonly holder: Program }> {
    const world = await createWorld();
    begin(world, "signIn", { openBrowser: false });
    const url = await waitingUrl(world.sidecar);
    const holder = await lockedElsewhere(world);
    fetch(url).catch(() => {});
    await world.sidecar.reached(({ status }) => status === "exchanging");
    await waitsForLock(world);
    return { world, holder };
  }

  it("lets a sign-in be saved as soon as its turn comes", async () => {
    const { world, holder } = await saving();
    leave(world);
    holder.tell("let go");
    expect(await endedInTime(world, () => {})).toEqual({ code: 0, signal: null, stderr: "" });
    const next = await world.start();
    expect(await next.get("getState")).toMatchObject({ session: { subject: "ada" } });
    expect(await next.get("getAccessToken")).toMatchObject({ accessToken: expect.any(String) });
  });

  it("says that a sign-in could not be saved, where its turn does not come", async () => {
    const { world } = await saving();
    const at = Date.now();
    leave(world);
    const { code, stderr } = await world.sidecar.ended;
    expect(Date.now() - at).toBeLessThan(LIMIT_MS);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^loopkey: .*could not be saved/);
  });
});

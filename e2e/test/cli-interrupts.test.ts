// The binary `loopkey`, interrupted: at once, with nothing left behind.
import { readdir } from "node:fs/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { startServer } from "./support/app.js";
import { createCli } from "./support/cli.js";
import { createWorld, loginArgs, stuckInPlaceOf, waitingLogin } from "./support/cli-world.js";
import { isListening } from "./support/redirect.js";
import { missingForSecretService, startBus } from "./support/secret-service.js";
import { startStuckServer } from "./support/stuck-server.js";

/** The limit for "at once", also on a busy machine. */
const AT_ONCE_MS = 15_000;

describe("while it signs in", () => {
  it.each([
    // By the signal itself, as programs that do not listen: a shell shows 130, and ends its loop as well.
    ["SIGINT", { code: null, signal: "SIGINT" }],
    ["SIGTERM", { code: 130, signal: null }],
  ] as const)("%s while it waits: it ends at once, with no port, no child", async (signal, end) => {
    const { running, redirect, cli } = await waitingLogin(["--store", "memory"]);
    expect(await isListening(redirect)).toBe(true);
    const at = Date.now();
    running.kill(signal);
    const { stdout, stderr, ...how } = await running.ended;
    expect(Date.now() - at).toBeLessThan(AT_ONCE_MS);
    expect({ ...how, stdout }).toEqual({ ...end, stdout: "" });
    expect(stderr).toMatch(/^loopkey: Interrupted\. \[cancelled]\n$/m);
    expect(await isListening(redirect)).toBe(false);
    expect(await cli.leftovers()).toEqual([]);
    expect(await readdir(cli.folder)).toEqual([]);
  });

  it("Ctrl-C while the server does not answer: it ends at once", async () => {
    const server = await startStuckServer({ at: "/.well-known/openid-configuration" });
    const cli = await createCli();
    const running = cli.start([
      ...loginArgs({ issuer: server.origin, clientId: "app" }),
      "--store",
      "memory",
    ]);
    await server.requested("/.well-known/openid-configuration");
    const at = Date.now();
    running.kill("SIGINT");
    expect(await running.ended).toMatchObject({ signal: "SIGINT" });
    expect(Date.now() - at).toBeLessThan(AT_ONCE_MS);
  });
});

describe("with a keyring", () => {
  beforeEach((ctx) => ctx.skip(missingForSecretService !== undefined, missingForSecretService));

  it("Ctrl-C ends login while the keyring waits for an answer to its prompt", async () => {
    const bus = await startBus({ prompter: "unanswered" });
    const keyring = await bus.startKeyring("unlocked");
    await keyring.end();
    await bus.startKeyring("locked");
    const server = await startServer();
    const cli = await createCli({ ...bus.env, BROWSER: "true" });
    const login = cli.start(loginArgs(server));
    await bus.prompted();
    login.kill("SIGINT");
    const at = Date.now();
    const { code, signal, stderr } = await login.ended;
    expect(Date.now() - at).toBeLessThan(AT_ONCE_MS);
    expect(signal === "SIGINT" || code === 130).toBe(true);
    expect(stderr).toContain("loopkey: Interrupted. [cancelled]");
    expect(server.paths()).toEqual([]);
  });

  it("Ctrl-C does not cut off a refresh that has begun; a second one ends the process", async () => {
    const { server, cli } = await createWorld("by-http");
    expect(await cli.run(loginArgs(server))).toMatchObject({ code: 0 });
    await server.close();
    const { asked } = await stuckInPlaceOf(server);
    const token = cli.start(["token"]);
    await asked;
    token.kill("SIGINT");
    await token.told(/Interrupted\. \[cancelled]\nFinishing what must not be cut off/);
    token.kill("SIGINT");
    expect(await token.ended).toMatchObject({ code: null, signal: "SIGINT", stdout: "" });
    expect(await cli.run(["status"])).toMatchObject({ code: 0 });
  });
});

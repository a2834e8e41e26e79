// The binary `loopkey`: a person with Chromium, a real keyring, and every exit code.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { PreflightReport } from "@loopkey/core";
import { beforeEach, describe, expect, it } from "vitest";
import { startServer } from "./support/app.js";
import { createCli } from "./support/cli.js";
import { createWorld, loginArgs, NO_BUS, waitingLogin } from "./support/cli-world.js";
import { CHROMIUM_IS_MISSING, chromiumPath } from "./support/programs.js";
import { startRecordingServer } from "./support/recording-server.js";
import { missingForSecretService, startBus } from "./support/secret-service.js";

const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT/);

describe("with Chromium and a keyring", () => {
  beforeEach((ctx) => {
    ctx.skip(!chromiumPath, CHROMIUM_IS_MISSING);
    ctx.skip(missingForSecretService !== undefined, missingForSecretService);
  });

  it("signs in, uses the session in every command, and signs out", async () => {
    const { server, cli, reports } = await createWorld("chromium");
    const login = await cli.run([...loginArgs(server), "--scope", "openid profile offline_access", "--json"]);
    expect(login).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`${server.issuer}/oauth/authorize?`),
    });
    const summary = {
      v: 1,
      profile: "default",
      status: "authenticated",
      issuer: server.issuer,
      clientId: server.clientId,
      subject: "account-ada",
      scope: ["openid", "profile", "offline_access"],
      accessTokenExpiresAt: iso,
      store: { kind: "keyring", persistent: true },
      reason: null,
    };
    expect(JSON.parse(login.stdout)).toEqual(summary);
    expect((await reports.requested("/page")).body).toBe("You are signed in");

    const before = server.events.length;
    const status = await cli.run(["status", "--json"]);
    expect(status).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(status.stdout)).toEqual({ ...summary, accessTokenExpiresAt: null });
    expect((await cli.run(["status"])).stdout).toMatch(/^Signed in as .*account-ada/);
    expect(server.events).toHaveLength(before);

    const token = await cli.run(["token"]);
    expect(token).toMatchObject({ code: 0, stderr: "", stdout: expect.stringMatching(/^[\w-]+\n$/) });
    const notes = await fetch(server.apiUrl, { headers: { authorization: `Bearer ${token.stdout.trim()}` } });
    expect(notes.status).toBe(200);
    expect(JSON.parse((await cli.run(["token", "--json"])).stdout)).toEqual({
      v: 1,
      accessToken: expect.stringMatching(/^[\w-]+$/),
      expiresAt: iso,
    });

    expect(await cli.run(["whoami"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^name: Ada Lovelace$/m),
    });
    expect(JSON.parse((await cli.run(["whoami", "--json"])).stdout)).toMatchObject({ sub: "account-ada" });

    const files = await readdir(join(cli.folder, "loopkey"));
    expect(files.toSorted()).toEqual(["account-default.json", "profile-default.json"]);
    const texts = await Promise.all(files.map((file) => readFile(join(cli.folder, "loopkey", file), "utf8")));
    // The last outcome has a code of ours.
    expect(
      texts.join("\n").replace('"code": "signed_in"', "").replace('"code": "refreshed"', ""),
    ).not.toMatch(/token|code/i);

    const logout = await cli.run(["logout", "--browser", "--json"]);
    expect(logout.code).toBe(0);
    expect(JSON.parse(logout.stdout)).toEqual({
      v: 1,
      local: "done",
      revocation: "done",
      endSession: "done",
    });
    expect((await cli.run(["status"])).code).toBe(4);
    expect(JSON.parse((await cli.run(["token", "--json"])).stdout)).toMatchObject({
      error: { code: "sign_in_required", hint: 'Run "loopkey login".' },
    });
    await expect.poll(() => cli.leftovers(), { timeout: 10_000 }).toEqual([]);
  });
});

describe("with a keyring", () => {
  beforeEach((ctx) => ctx.skip(missingForSecretService !== undefined, missingForSecretService));

  it("a server that is away is 1, a keyring that is away is 1, a profile nobody signed in to is 4", async () => {
    const { server, cli } = await createWorld("by-http");
    expect(await cli.run(loginArgs(server))).toMatchObject({ code: 0 });
    const unreadable = await cli.run(["status", "--json"], NO_BUS);
    expect(unreadable.code).toBe(1);
    expect(JSON.parse(unreadable.stdout)).toMatchObject({ reason: { code: "store_unavailable" } });
    await server.close();
    const away = await cli.run(["token", "--json"]);
    expect(away.code).toBe(1);
    expect(JSON.parse(away.stdout)).toMatchObject({
      error: { code: "temporarily_unavailable", retryable: true },
    });
    expect(await cli.run(["status"])).toMatchObject({ code: 0 });
    const unknown = await cli.run(["token", "--profile", "nobody"]);
    expect(unknown).toMatchObject({ code: 4, stdout: "" });
  });

  it("doctor finds everything in order before and after a sign-in, and leaves the keyring as it was", async () => {
    const { server, cli, bus } = await createWorld("by-http");
    const [, ...options] = loginArgs(server);
    const items = async () =>
      (await bus.ask("secret-tool", "search", "--all", "service", "loopkey")).match(/^secret = .*$/gm);
    const before = await cli.run(["doctor", ...options]);
    expect(before).toMatchObject({ code: 0, stderr: "" });
    expect(before.stdout.match(/^passed .*$/gm)).toHaveLength(8);
    expect(before.stdout).toMatch(/^passed {3}store: .* keyring\.$/m);
    expect(await items()).toBe(null);
    expect(await readdir(cli.folder)).toEqual([]);
    await cli.run(loginArgs(server));
    const kept = await items();
    expect(kept).toHaveLength(1);
    const after = await cli.run(["doctor", "--json"]);
    expect(after).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(after.stdout)).toMatchObject({ ok: true, features: { refresh: true } });
    expect(await items()).toEqual(kept);
    expect((await cli.run(["token"])).code).toBe(0);
  });

  it("doctor finds a locked keyring, and a server that is away, each by itself", async () => {
    const bus = await startBus();
    await (await bus.startKeyring("unlocked")).end("SIGTERM");
    await bus.startKeyring("locked");
    const server = await startServer();
    const cli = await createCli(bus.env);
    const [, ...options] = loginArgs(server);
    const locked = await cli.run(["doctor", ...options, "--store", "keyring"]);
    expect(locked.code).toBe(1);
    expect(locked.stdout.match(/^failed .*$/gm)).toEqual([
      expect.stringMatching(/^failed {3}store: .*\[store_unavailable]$/),
    ]);
    await server.close();
    const away = await cli.run(["doctor", ...options, "--store", "memory"]);
    expect(away.code).toBe(1);
    expect(away.stdout.match(/^failed .*$/gm)).toEqual([
      expect.stringMatching(/^failed {3}server: .*ECONNREFUSED.*\[discovery_failed]$/),
    ]);
  });

  it("a reader of stdout that goes away is no crash", async () => {
    const { server, cli } = await createWorld("by-http");
    await cli.run(loginArgs(server));
    const whoami = cli.start(["whoami", "--json"]);
    whoami.closeStdout();
    expect(await whoami.ended).toMatchObject({ code: 0, signal: null, stderr: "" });
  });
});

describe("without a keyring", () => {
  it("says what to do before the browser opens, and changes nothing", async () => {
    const server = await startServer();
    const opened = await startRecordingServer();
    const { port } = new URL(opened.origin);
    const cli = await createCli({
      ...NO_BUS,
      BROWSER: `"${process.execPath}" -e "fetch('http'+String.fromCharCode(58)+'//127.0.0.1'+String.fromCharCode(58)+${port}+'/opened')"`,
    });
    const { code, stdout, stderr } = await cli.run([...loginArgs(server), "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      error: {
        code: "store_unavailable",
        message: expect.any(String),
        hint: expect.stringContaining("--store memory"),
        retryable: expect.any(Boolean),
      },
    });
    expect(stderr).toMatch(
      /^loopkey: [^\n]+ \[store_unavailable]\n {2}Set LOOPKEY_PASSPHRASE .*\n(?: {2}.*\n)* {2}.* --store memory\.\n {2}Or use the keyring\.\n(?: {2}.*\n)+$/m,
    );
    expect(Math.max(...stderr.split("\n").map(({ length }) => length))).toBeLessThan(160);
    expect(server.paths()).toEqual([]);
    expect(opened.requests).toEqual([]);
    const [, ...options] = loginArgs(server);
    const doctor = await cli.run(["doctor", ...options, "--json"]);
    expect(doctor).toMatchObject({ code: 1, stderr: "" });
    const report = JSON.parse(doctor.stdout) as PreflightReport;
    expect(report.checks.filter(({ status }) => status === "failed")).toEqual([
      expect.objectContaining({ name: "store", code: "store_unavailable", hint: expect.any(String) }),
    ]);
    expect(opened.requests).toEqual([]);
    expect(await readdir(cli.folder)).toEqual([]);
  });
});

describe("without anything that keeps a session", () => {
  it("the time being up is 1, a server that is not there is 1", async () => {
    const { running } = await waitingLogin(["--store", "memory", "--timeout", "1", "--no-browser"]);
    expect(await running.ended).toMatchObject({ code: 1, stderr: expect.stringContaining("[timed_out]") });
    const cli = await createCli();
    const away = await cli.run([
      ...loginArgs({ issuer: "http://127.0.0.1:9", clientId: "app" }),
      "--store",
      "memory",
    ]);
    expect(away).toMatchObject({ code: 1, stdout: "" });
    expect(away.stderr).toMatch(/^loopkey: [^\n]+ \[\w+]\n$/m);
  });

  it.each([
    [["login"], 2],
    [["login", "--store", "floppy"], 2],
    [["frobnicate"], 2],
    [["doctor"], 2],
    [["status", "--profile", "a/b"], 2],
    [[], 2],
    [["status"], 4],
    [["token"], 4],
    [["whoami"], 4],
    [["logout"], 0],
    [["--help"], 0],
  ])("%j ends with %i", async (args, code) => {
    const cli = await createCli(NO_BUS);
    const ended = await cli.run(args);
    expect(ended).toMatchObject({ code, signal: null });
    expect(ended.stderr).not.toMatch(/\n +at /);
    expect(await readdir(cli.folder)).toEqual([]);
  });
});

// Servers that others wrote: the same sentences for each of them, over real sockets. docs/servers.md says what each needs.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AuthClient, Session } from "@loopkey/core";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { ROWS } from "../servers/rows.js";
import type { StartedServer } from "../servers/server.js";
import { isListening } from "./support/redirect.js";
import { createSigningInApp, type SigningInApp } from "./support/signing-in-app.js";

const DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code";

describe.each(ROWS.map((row) => [row.server.name, row] as const))("%s", (_, row) => {
  const { missing, start } = row.server;
  let server: StartedServer;
  let folder: string;
  let profiles = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "loopkey-servers-"));
    vi.stubEnv("XDG_STATE_HOME", folder);
    if (missing === undefined) server = await start();
    // Keycloak takes its time on a busy machine.
  }, 300_000);
  afterAll(async () => {
    await server?.stop();
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  });
  beforeEach((ctx) => ctx.skip(missing !== undefined, missing));

  /** `profile`: whose stored session it is. @default that of nobody else */
  const createApp = ({ profile = `app-${(profiles += 1)}` } = {}): SigningInApp =>
    createSigningInApp(server, profile);

  it("signs a person in, and nothing listens afterwards", async () => {
    const { client, person, signIn, lastPage, loopbackUris } = createApp();
    const session = await signIn();
    expect(session.subject).toEqual(row.openId ? expect.any(String) : undefined);
    expect(sessionOf(client)).toBe(session);
    expect(await client.getAccessToken()).toMatch(/./);
    expect((await lastPage()).html).toContain("You are signed in");
    expect(person.passwordsTyped()).toBe(1);
    expect(loopbackUris).toHaveLength(1);
    expect(await isListening(loopbackUris[0]!)).toBe(false);
  });

  it("refreshes, each time with the newest refresh token", async () => {
    const { client, signIn, tokenRequests } = createApp();
    const { subject } = await signIn();
    for (let refreshes = 1; refreshes <= 3; refreshes += 1) {
      // oxlint-disable-next-line no-await-in-loop
      const accessToken = await client.getAccessToken({ forceRefresh: true });
      expect(tokenRequests).toHaveLength(1 + refreshes);
      expect(accessToken).toBe(tokenRequests.at(-1)!.answer.access_token);
    }
    expect(sessionOf(client).subject).toBe(subject);
    const sent = tokenRequests.slice(1).map(({ parameters }) => parameters.get("refresh_token"));
    expect(new Set(sent).size).toBe(row.refreshTokens === "rotated" ? 3 : 1);
  });

  it("goes on with the stored session after a restart, without a browser", async () => {
    const first = createApp({ profile: "restart" });
    const session = await first.signIn();
    await first.client.close();
    const { client, tokenRequests, loopbackUris } = createApp({ profile: "restart" });
    expect(await client.ready()).toMatchObject({ can: expect.arrayContaining(["signOut"]) });
    expect(await client.getAccessToken()).toBe(tokenRequests[0]!.answer.access_token);
    expect(sessionOf(client).subject).toBe(session.subject);
    expect(sessionOf(client).scope).toEqual(session.scope);
    expect(tokenRequests.map(({ parameters }) => parameters.get("grant_type"))).toEqual(["refresh_token"]);
    expect(loopbackUris).toEqual([]);
  });

  it(row.openId ? "says at userinfo who it is" : "has no userinfo, and that is said", async () => {
    const { client, signIn } = createApp();
    const { subject } = await signIn();
    if (row.openId) expect(await client.userInfo()).toMatchObject({ sub: subject });
    else await expect(client.userInfo()).rejects.toMatchObject({ code: "unsupported_by_server" });
  });

  const { revocation, endSession, leaves, asksAgain } = row.signOut;
  it(`signs out: revocation ${revocation}, end of the session ${endSession}; it leaves ${leaves}`, async () => {
    const { client, person, signIn, signOut, tokenRequests, loopbackUris } = createApp();
    await signIn();
    await client.getAccessToken({ forceRefresh: true });
    const { url, answer, parameters } = tokenRequests.at(-1)!;
    const refreshToken = answer.refresh_token ?? parameters.get("refresh_token")!;

    // Where the browser does not come back, the wait for it ends.
    const timeoutMs = endSession === "failed" ? 1000 : 10_000;
    expect(await signOut({ timeoutMs })).toEqual({ local: "done", revocation, endSession });
    expect(client.getState()).toMatchObject({ status: "logged-out", reason: { code: "signed_out" } });
    await expect(client.getAccessToken()).rejects.toMatchObject({ code: "signed_out" });
    for (const uri of loopbackUris) {
      // oxlint-disable-next-line no-await-in-loop
      expect(await isListening(uri)).toBe(false);
    }
    const again = new URLSearchParams(parameters);
    again.set("refresh_token", refreshToken);
    const { ok } = await fetch(url, { method: "POST", body: again });
    expect(ok).toBe(leaves === "a living refresh token");

    await signIn();
    expect(person.passwordsTyped()).toBe(asksAgain ? 2 : 1);
  });

  const { replay } = row;
  if (replay)
    it(`after a spent refresh token was used again elsewhere, the next refresh ${replay}`, async () => {
      const { client, signIn, tokenRequests } = createApp();
      await signIn();
      const signedInAt = second();
      if (row.countsInSeconds) await expect.poll(second, { timeout: 5000 }).toBeGreaterThan(signedInAt);
      await client.getAccessToken({ forceRefresh: true });
      await client.getAccessToken({ forceRefresh: true });
      const { url, parameters } = tokenRequests[1]!;
      expect((await fetch(url, { method: "POST", body: parameters })).ok).toBe(false);
      const refreshing = client.getAccessToken({ forceRefresh: true });
      if (replay === "succeeds") return expect(await refreshing).toMatch(/./);
      if (replay === "ends the session") {
        await expect(refreshing).rejects.toMatchObject({ code: "session_ended" });
        return expect(client.getState()).toMatchObject({ status: "logged-out" });
      }
      await expect(refreshing).rejects.toMatchObject({ code: "temporarily_unavailable" });
      return expect(sessionOf(client)).toHaveProperty("subject");
    });

  it("a wrong password is between the person and the server: the app waits, and the right one signs in", async () => {
    const { person, signIn } = createApp();
    await signIn({ passwords: ["not the password", server.account.password] });
    expect(person.passwordsTyped()).toBe(2);
  });

  for (const { when, intention, options, error, code } of row.refusals) {
    it(`ends with ${code} when ${when} (${error})`, async () => {
      const { client, signIn, lastPage, tokenRequests, loopbackUris } = createApp();
      await expect(signIn(intention, options)).rejects.toMatchObject({ code });
      expect(client.getState()).toMatchObject({ status: "idle", reason: { code } });
      const { url, html } = await lastPage();
      expect(url.searchParams.get("error")).toBe(error);
      expect(html).not.toContain("You are signed in");
      expect(tokenRequests).toEqual([]);
      expect(await isListening(loopbackUris[0]!)).toBe(false);
    });
  }

  if (row.devices) {
    const createDevice = (): SigningInApp =>
      createSigningInApp(server, `device-${(profiles += 1)}`, {
        clientId: server.deviceClientId ?? server.config.clientId,
      });

    it("signs a person in by a code on another device, and goes on as ever", async () => {
      const { client, person, signInByDevice, tokenRequests, loopbackUris } = createDevice();
      const { subject } = await signInByDevice();
      expect(subject).toEqual(expect.any(String));
      expect(person.passwordsTyped()).toBe(1);
      const first = await client.getAccessToken();
      expect(await client.getAccessToken({ forceRefresh: true })).not.toBe(first);
      expect(sessionOf(client).subject).toBe(subject);
      expect(await client.userInfo()).toMatchObject({ sub: subject });
      const grants = tokenRequests.map(({ parameters }) => parameters.get("grant_type"));
      expect(new Set(grants.slice(0, -1))).toEqual(new Set([DEVICE_CODE]));
      expect(grants.at(-1)).toBe("refresh_token");
      expect(loopbackUris).toEqual([]);
      const out = client.signOut({ browser: false });
      expect(await out).toEqual({ local: "done", revocation, endSession: "skipped" });
    });

    it("ends with access_denied when the person refuses the device", async () => {
      const { client, signInByDevice } = createDevice();
      await expect(signInByDevice({ consent: "refuse" })).rejects.toMatchObject({ code: "access_denied" });
      expect(client.getState()).toMatchObject({ status: "idle", reason: { code: "access_denied" } });
    });
  }

  const { refusesWithoutState } = row;
  if (refusesWithoutState)
    it("goes on waiting when a refusal carries no state (RFC 6749 4.1.2.1): it may come from anybody", async () => {
      const { client, signIn, lastPage, noticed } = createApp();
      const signingIn = expect(signIn(refusesWithoutState)).rejects.toMatchObject({ code: "cancelled" });
      expect(await Promise.race([noticed, signingIn])).toMatchObject({
        code: "stray_request",
        detail: expect.stringContaining("wrong_state"),
      });
      const { url, status } = await lastPage();
      expect(status).toBe(400);
      expect(url.searchParams.get("error")).toBe("access_denied");
      expect(client.getState()).toMatchObject({ status: "awaiting-callback", step: "waiting" });
      client.cancel();
      await signingIn;
    });

  it("leaves nothing listening when it is stopped", async () => {
    await server.stop();
    expect(await isListening(new URL(server.origin))).toBe(false);
  });
});

function second(): number {
  return Math.floor(Date.now() / 1000);
}

function sessionOf(client: AuthClient): Session {
  const state = client.getState();
  if (state.status !== "authenticated") throw new Error(`The app is ${state.status}`);
  return state.session;
}

// The device code (RFC 8628) at a real server: as the way in, as the way out without a browser, and beside one.
import type { AuthState } from "@loopkey/core";
import {
  createPerson,
  type Decision,
  type IdentityProviderOptions,
} from "@loopkey/example-identity-provider";
import { describe, expect, it } from "vitest";
import { isListening } from "./support/redirect.js";
import {
  BROWSER_TRAIL,
  createWorld,
  deviceOf,
  expectNothingLeft,
  type World,
  type WorldOptions,
} from "./support/signing-in.js";

const features: IdentityProviderOptions = { deviceCode: { intervalSeconds: 1 } };

const DEVICE_TRAIL = [
  "awaiting-callback/preparing",
  "awaiting-callback/device",
  "exchanging",
  "authenticated",
] as const;

const POLL = { timeout: 10_000 } as const;

/** A machine where no browser opens. */
const noBrowser: WorldOptions["ports"] = {
  openBrowser: async () => {
    throw new Error("There is no browser here.");
  },
};

/** The requests for tokens with the device code so far. */
function pollsOf({ server }: World): number {
  return server.paths().filter((path) => path === "/oauth/token").length;
}

function refusalsOf({ server }: World): readonly string[] {
  return server.events.flatMap((event) => (event.type === "request-refused" ? [event.error] : []));
}

function grantsOf({ server }: World): readonly string[] {
  return server.events.flatMap((event) => (event.type === "tokens-issued" ? [event.grantType] : []));
}

/** Waits for the browser and for a code at once. */
async function besideBrowser(options: WorldOptions = { features }) {
  const world = await createWorld(options);
  const signingIn = world.begin();
  const url = await world.authorizationUrl();
  world.client.useDeviceCode();
  const device = await deviceOf(world);
  const redirectUri = new URL(new URL(url).searchParams.get("redirect_uri")!);
  return { ...world, signingIn, url, device, redirectUri };
}

describe("flow: 'device'", () => {
  it("shows a code, opens neither a browser nor a port, and signs in when the person allows", async () => {
    const opened: string[] = [];
    const ports = { openBrowser: async (url: string) => void opened.push(url) };
    const world = await createWorld({ features, config: { flow: "device" }, ports });
    const signingIn = world.begin();
    const device = await deviceOf(world);
    const { issuer } = world.server;
    expect(device).toEqual({
      userCode: expect.stringMatching(/^[A-Z]{4}-[A-Z]{4}$/),
      verificationUri: `${issuer}/device`,
      verificationUriComplete: `${issuer}/device?user_code=${device.userCode}`,
      expiresAt: expect.any(Number),
    });
    const { status, can, ...rest } = world.client.getState() as AuthState & { url?: string };
    expect({ status, can, url: rest.url }).toEqual({
      status: "awaiting-callback",
      can: ["cancel"],
      url: undefined,
    });
    expect(world.leftovers().ports).toBe(0);
    await world.person.follow(device.verificationUri, { userCode: device.userCode });
    expect(await signingIn).toMatchObject({ subject: "account-ada", scope: ["openid", "offline_access"] });
    expect((await world.client.fetch(world.server.apiUrl)).status).toBe(200);
    expect(world.trail).toEqual(DEVICE_TRAIL);
    expect(opened).toEqual([]);
    await expectNothingLeft(world);
  });

  it("may be asked for one sign-in, and the session refreshes like any other", async () => {
    const world = await createWorld({ features });
    const signingIn = world.begin({ flow: "device" });
    await world.person.follow((await deviceOf(world)).verificationUriComplete!);
    await signingIn;
    await world.client.getAccessToken({ forceRefresh: true });
    expect(grantsOf(world)).toEqual(["device_code", "refresh_token"]);
  });

  it("asks five seconds slower once the server says slow_down, and gets there", async () => {
    const asked: number[] = [];
    const ports: WorldOptions["ports"] = {
      async fetch(input, init) {
        if (!input.endsWith("/oauth/token")) return fetch(input, init);
        // Somebody else asks with the same code just before the app does: it comes too early.
        if (asked.length === 0) await (await fetch(input, init)).text();
        asked.push(performance.now());
        return fetch(input, init);
      },
    };
    const world = await createWorld({ features, ports });
    const signingIn = world.begin({ flow: "device" });
    const device = await deviceOf(world);
    await expect.poll(() => refusalsOf(world), POLL).toEqual(["authorization_pending", "slow_down"]);
    await world.person.follow(device.verificationUriComplete!);
    expect(await signingIn).toMatchObject({ subject: "account-ada" });
    expect(asked).toHaveLength(2);
    expect(asked[1]! - asked[0]!).toBeGreaterThan(5_900);
  });

  it("brings proofs and nonces along (RFC 9449)", async () => {
    const world = await createWorld({
      features: { ...features, dpop: { requireNonce: true, requireApiNonce: true } },
      config: { flow: "device", dpop: true },
    });
    const signingIn = world.begin();
    await world.person.follow((await deviceOf(world)).verificationUriComplete!);
    await signingIn;
    expect((await world.client.fetch(world.server.apiUrl)).status).toBe(200);
    expect(world.server.events).toContainEqual(
      expect.objectContaining({ type: "tokens-issued", grantType: "device_code", tokenType: "DPoP" }),
    );
  });

  it("at a server without it is unsupported_by_server", async () => {
    const world = await createWorld({ config: { flow: "device" } });
    await expect(world.begin()).rejects.toMatchObject({
      code: "unsupported_by_server",
      detail: "device_authorization_endpoint",
    });
    expect(world.trail).toEqual(["awaiting-callback/preparing", "idle"]);
    await expectNothingLeft(world);
  });
});

describe("flow: 'auto'", () => {
  it("shows a code when no browser opens", async () => {
    const world = await createWorld({ features, ports: noBrowser });
    const signingIn = world.begin();
    const device = await deviceOf(world);
    expect(world.client.getState()).toMatchObject({ browser: "failed", url: expect.any(String) });
    expect(world.notices).toMatchObject([{ code: "browser_failed" }]);
    await world.person.follow(device.verificationUriComplete!);
    expect(await signingIn).toMatchObject({ subject: "account-ada" });
    expect(world.trail).toEqual([
      "awaiting-callback/preparing",
      "awaiting-callback/waiting",
      ...DEVICE_TRAIL.slice(1),
    ]);
    await expectNothingLeft(world);
  });

  it("still takes the redirect then, should the person find a browser", async () => {
    const world = await createWorld({ features, ports: noBrowser });
    const signingIn = world.begin();
    await deviceOf(world);
    const { url } = world.client.getState() as { url: string };
    await fetch(await world.person.follow(url));
    expect(await signingIn).toMatchObject({ subject: "account-ada" });
    expect(grantsOf(world)).toEqual(["authorization_code"]);
  });

  it("waits on with the address where the server has no device code", async () => {
    const world = await createWorld({ ports: noBrowser });
    const signingIn = world.begin();
    const state = await world.reached(
      (now) => now.status === "awaiting-callback" && now.browser === "failed",
    );
    expect(state).toMatchObject({ step: "waiting", url: expect.any(String) });
    await fetch(await world.person.follow(await world.authorizationUrl()));
    expect(await signingIn).toMatchObject({ subject: "account-ada" });
    expect(world.trail).toEqual(BROWSER_TRAIL);
  });
});

describe("useDeviceCode() while a browser is waited for", () => {
  it("the code first: signed in, and nobody listens for the redirect any more", async () => {
    const world = await besideBrowser();
    expect(await isListening(world.redirectUri)).toBe(true);
    await world.person.follow(world.device.verificationUriComplete!);
    expect(await world.signingIn).toMatchObject({ subject: "account-ada" });
    expect(await isListening(world.redirectUri)).toBe(false);
    expect(grantsOf(world)).toEqual(["device_code"]);
    expect(world.trail).toEqual([
      "awaiting-callback/preparing",
      "awaiting-callback/waiting",
      ...DEVICE_TRAIL.slice(1),
    ]);
    await expectNothingLeft(world);
  });

  it("the browser first: signed in, and nobody asks for the code any more", async () => {
    const world = await besideBrowser();
    await fetch(await world.person.follow(world.url));
    expect(await world.signingIn).toMatchObject({ subject: "account-ada" });
    // No timer is left that could ask again.
    await expectNothingLeft(world);
    const polls = pollsOf(world);
    await createPerson(world.server.account).follow(world.device.verificationUriComplete!);
    expect(grantsOf(world)).toEqual(["authorization_code"]);
    expect(pollsOf(world)).toBe(polls);
    expect(world.trail).toEqual([
      "awaiting-callback/preparing",
      "awaiting-callback/waiting",
      "awaiting-callback/device",
      "exchanging",
      "authenticated",
    ]);
  });

  it("cancelled: both are gone", async () => {
    const world = await besideBrowser();
    world.client.cancel();
    await expect(world.signingIn).rejects.toMatchObject({ code: "cancelled" });
    expect(world.client.getState()).toMatchObject({ status: "idle", reason: { code: "cancelled" } });
    expect(await isListening(world.redirectUri)).toBe(false);
    await expectNothingLeft(world);
  });

  it("at a server without it throws unsupported_by_server, and the wait goes on", async () => {
    const world = await createWorld();
    const signingIn = world.begin();
    const url = await world.authorizationUrl();
    expect(world.client.getState().can).not.toContain("useDeviceCode");
    expect(() => world.client.useDeviceCode()).toThrow(
      expect.objectContaining({ code: "unsupported_by_server" }),
    );
    await fetch(await world.person.follow(url));
    expect(await signingIn).toMatchObject({ subject: "account-ada" });
    expect(world.trail).toEqual(BROWSER_TRAIL);
  });
});

describe.each(["deny", "cancel"] as const satisfies Decision[])("a person who says no (%s)", (decision) => {
  it("has denied it", async () => {
    const world = await createWorld({ features, config: { flow: "device" } });
    const signingIn = world.begin();
    await world.person.follow((await deviceOf(world)).verificationUriComplete!, { decision });
    await expect(signingIn).rejects.toMatchObject({ code: "access_denied", oauthError: "access_denied" });
    expect(world.client.getState()).toMatchObject({ status: "idle", reason: { code: "access_denied" } });
    expect(world.trail).toEqual([...DEVICE_TRAIL.slice(0, 2), "idle"]);
    await expectNothingLeft(world);
  });

  it("has denied the browser's sign-in too", async () => {
    const world = await besideBrowser();
    await world.person.follow(world.device.verificationUriComplete!, { decision });
    await expect(world.signingIn).rejects.toMatchObject({ code: "access_denied" });
    expect(await isListening(world.redirectUri)).toBe(false);
    await expectNothingLeft(world);
  });
});

describe("a code that nobody enters in time", () => {
  const short: IdentityProviderOptions = { deviceCode: { intervalSeconds: 1, expiresInSeconds: 2 } };

  it("ends the sign-in", async () => {
    const world = await createWorld({ features: short, config: { flow: "device" } });
    await expect(world.begin()).rejects.toMatchObject({ code: "timed_out", detail: "expired_token" });
    expect(world.client.getState()).toMatchObject({ status: "idle", reason: { code: "timed_out" } });
    expect(world.trail).toEqual([...DEVICE_TRAIL.slice(0, 2), "idle"]);
    await expectNothingLeft(world);
  });

  it("leaves the browser's sign-in waiting, and a new code can be asked for", async () => {
    const world = await besideBrowser({ features: short });
    const state = await world.reached((now) => now.status === "awaiting-callback" && now.step === "waiting");
    expect(state).not.toHaveProperty("device");
    expect(world.notices).toMatchObject([{ code: "device_failed", detail: "timed_out" }]);
    world.client.useDeviceCode();
    expect((await deviceOf(world)).userCode).not.toBe(world.device.userCode);
    await fetch(await world.person.follow(world.url));
    expect(await world.signingIn).toMatchObject({ subject: "account-ada" });
    await expectNothingLeft(world);
  });
});

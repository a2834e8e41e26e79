// The device authorization grant (RFC 8628): when it is chosen, how it polls, and that the first way in that finishes wins.
import { describe, expect, it } from "vitest";
import type { AuthConfig, AuthState } from "../../src/index.js";
import {
  arrange,
  codeOf,
  errorOf,
  MINUTE,
  quiet,
  reached,
  SECOND,
  signedIn,
  type World,
  type WorldOptions,
} from "../support/world.js";

const serverOptions = { offers: ["device"] } as const;
const nobody = (): void => {};
const noBrowser = (): never => {
  throw Object.assign(new Error("There is no display."), { code: "ENOENT" });
};

type Waiting = Extract<AuthState, { status: "awaiting-callback" }>;

/** A sign-in that shows a code. */
async function withCode(options: WorldOptions = {}, config: Partial<AuthConfig> = {}) {
  const world = await arrange({ serverOptions, ...options }, { flow: "device", ...config });
  const done = world.client.signIn();
  done.catch(() => {});
  return { world, done, shown: await showsCode(world) };
}

async function showsCode({ client }: World): Promise<Waiting> {
  return (await reached(client, (state) => "device" in state)) as Waiting;
}

const polls = ({ server }: World) =>
  server.requests.filter(({ body }) => body.get("grant_type")?.endsWith("device_code"));

/** Lets time pass second by second, and each poll come to its end. */
async function wait({ clock }: World, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    // oxlint-disable-next-line no-await-in-loop
    await clock.advance(SECOND);
    // oxlint-disable-next-line no-await-in-loop
    await quiet();
  }
}

describe("flow: 'device'", () => {
  it("shows a code and an address, opens neither browser nor port, and ends with a session", async () => {
    const { world, done, shown } = await withCode();
    expect(shown).toMatchObject({
      step: "device",
      device: {
        userCode: expect.stringMatching(/^\w{4}-\w{4}$/),
        verificationUri: "https://id.example/activate",
        verificationUriComplete: expect.stringContaining(shown.device!.userCode),
        expiresAt: world.clock.now() + 600 * SECOND,
      },
    });
    expect(shown).not.toHaveProperty("url");
    expect(world.ports.opened).toEqual([]);
    expect(world.ports.listener.isListening).toBe(false);
    world.server.approveDevice(shown.device!.userCode);
    await wait(world, 5);
    expect(await done).toMatchObject({ subject: "ada" });
    expect(await world.client.getAccessToken()).toMatch(/^access-/);
    expect(world.states.map((state) => ("step" in state ? state.step : state.status))).toEqual([
      "restoring",
      "idle",
      "preparing",
      "device",
      "exchanging",
      "authenticated",
    ]);
    expect(world.server.violations).toEqual([]);
    expect(JSON.stringify(world.states)).not.toContain("device-");
  });

  it("asks for the scope, the resources and the strength of the sign-in", async () => {
    const world = await arrange({ serverOptions }, { resource: ["https://api.example"] });
    const done = world.client.signIn({ flow: "device", acrValues: ["gold"], maxAge: 60, loginHint: "ada" });
    const shown = await showsCode(world);
    world.server.approveDevice(shown.device!.userCode);
    await wait(world, 5);
    expect(await done).toMatchObject({ claims: { acr: "gold" } });
    const asked = world.server.requests.find(({ path }) => path === "/device")!.body;
    expect(Object.fromEntries(asked)).toEqual({
      client_id: "app",
      scope: "openid offline_access",
      resource: "https://api.example",
      acr_values: "gold",
      max_age: "60",
      login_hint: "ada",
    });
    expect(polls(world).at(-1)!.body.get("resource")).toBe("https://api.example");
  });

  it("binds the session to a key where that is wanted", async () => {
    const { world, done, shown } = await withCode(
      { serverOptions: { offers: ["device", "dpop"] } },
      { dpop: true },
    );
    world.server.demandsNonce = ["token"];
    world.server.approveDevice(shown.device!.userCode);
    await wait(world, 10);
    await done;
    expect((await world.client.fetch(`${world.server.issuer}/api`)).status).toBe(200);
    expect(world.server.violations).toEqual([]);
  });

  it("on a server without it is unsupported_by_server", async () => {
    const { client } = await arrange();
    expect(await errorOf(client.signIn({ flow: "device" }))).toMatchObject({
      code: "unsupported_by_server",
      detail: "device_authorization_endpoint",
    });
  });

  it("is refused for the person who says no", async () => {
    const { world, done, shown } = await withCode();
    world.server.approveDevice(shown.device!.userCode, "deny");
    await wait(world, 5);
    expect(await errorOf(done)).toMatchObject({ code: "access_denied", oauthError: "access_denied" });
    expect(world.store.record).toBe(null);
  });

  it.each([
    ["authorization_declined", { code: "access_denied", oauthError: "authorization_declined" }],
    ["code_expired", { code: "timed_out", detail: "expired_token" }],
    ["token_expired", { code: "timed_out", detail: "expired_token" }],
    ["bad_verification_code", { code: "authorization_failed", oauthError: "bad_verification_code" }],
  ])("ends with %s as with what it stands for, or as what it is", async (error, expected) => {
    const { world, done } = await withCode();
    world.server.intercept = ({ path }) =>
      path === "/token" ? Response.json({ error }, { status: 400 }) : undefined;
    await wait(world, 5);
    expect(await errorOf(done)).toMatchObject(expected);
  });

  it("an ID token that does not hold is refused, and nothing is kept", async () => {
    const { world, done, shown } = await withCode();
    world.server.idTokenClaims = { aud: "another" };
    world.server.approveDevice(shown.device!.userCode);
    await wait(world, 5);
    expect(await codeOf(done)).toBe("id_token_invalid");
    expect(world.store.record).toBe(null);
  });

  it("can be cancelled between two polls and during one, and asks no more", async () => {
    const between = await withCode();
    between.world.client.cancel();
    expect(await codeOf(between.done)).toBe("cancelled");
    const during = await withCode();
    during.world.server.intercept = ({ path }) =>
      path === "/token" ? new Promise<Response>(nobody) : undefined;
    await wait(during.world, 5);
    during.world.client.cancel();
    expect(await codeOf(during.done)).toBe("cancelled");
    await wait(between.world, 20);
    await wait(during.world, 20);
    expect([polls(between.world).length, polls(during.world).length]).toEqual([0, 1]);
  });
});

describe("polling (RFC 8628 3.5)", () => {
  it.each([
    ["the server's interval", 7, 7],
    ["five seconds where the server names none", undefined, 5],
    ["one second where the server names less", 0.2, 1],
  ])("keeps %s", async (_, deviceIntervalSeconds, seconds) => {
    const { world } = await withCode({ serverOptions: { ...serverOptions, deviceIntervalSeconds } });
    await wait(world, seconds - 1);
    expect(polls(world)).toHaveLength(0);
    await wait(world, 1 + 3 * seconds);
    expect(polls(world)).toHaveLength(4);
    expect(world.server.violations).toEqual([]);
  });

  it("is five seconds slower for good after each slow_down", async () => {
    const { world } = await withCode();
    world.server.slowDowns = 2;
    await wait(world, 5);
    expect(polls(world)).toHaveLength(1);
    await wait(world, 10);
    expect(polls(world)).toHaveLength(2);
    await wait(world, 15);
    expect(polls(world)).toHaveLength(3);
    await wait(world, 15);
    expect(polls(world)).toHaveLength(4);
    expect(world.server.violations).toEqual([]);
  });

  it.each([
    ["does not answer", () => new Promise<Response>(nobody), { requestTimeoutMs: 4_000 }],
    ["cannot be reached", () => Promise.reject(new TypeError("fetch failed")), {}],
    ["is broken", () => new Response(null, { status: 502 }), {}],
  ])("is twice as slow after each time the server %s, and then succeeds", async (_, answer, config) => {
    const { world, done, shown } = await withCode({}, config);
    const failing = { left: 2 };
    world.server.intercept = ({ path }) => (path === "/token" && failing.left-- > 0 ? answer() : undefined);
    world.server.approveDevice(shown.device!.userCode);
    // At 5, 15 and 35 seconds; later by as long as each answer takes.
    await wait(world, 34);
    expect(polls(world)).toHaveLength(2);
    await wait(world, 12);
    expect(polls(world)).toHaveLength(3);
    expect((await done).subject).toBe("ada");
  });

  it("goes back to the server's interval once the server answers again", async () => {
    const { world } = await withCode();
    const failing = { left: 2 };
    world.server.intercept = ({ path }) =>
      path === "/token" && failing.left-- > 0 ? new Response(null, { status: 502 }) : undefined;
    // At 5, 15 and 35 seconds, then every five.
    await wait(world, 35);
    expect(polls(world)).toHaveLength(3);
    await wait(world, 15);
    expect(polls(world)).toHaveLength(6);
    expect(world.server.violations).toEqual([]);
  });

  it("waits as long as the server says (Retry-After)", async () => {
    const { world } = await withCode();
    world.server.intercept = ({ path }) =>
      path === "/token" ? new Response(null, { status: 429, headers: { "retry-after": "60" } }) : undefined;
    await wait(world, 64);
    expect(polls(world)).toHaveLength(1);
    await wait(world, 1);
    expect(polls(world)).toHaveLength(2);
  });

  it("stops when the code expires, and says so; by the server's word too", async () => {
    const expiry = await withCode({ serverOptions: { ...serverOptions, deviceCodeSeconds: 12 } });
    await wait(expiry.world, 12);
    expect(await errorOf(expiry.done)).toMatchObject({ code: "timed_out", detail: "expired_token" });
    expect(polls(expiry.world)).toHaveLength(2);
    const word = await withCode();
    word.world.server.intercept = ({ path }) =>
      path === "/token" ? Response.json({ error: "expired_token" }, { status: 400 }) : undefined;
    await wait(word.world, 5);
    expect(await codeOf(word.done)).toBe("timed_out");
  });

  it.each([
    [10, 1],
    [20, 3],
    [600, 119],
  ])(
    "a code of %i seconds that is approved three seconds before its end is redeemed",
    async (life, count) => {
      const { world, done, shown } = await withCode(
        { serverOptions: { ...serverOptions, deviceCodeSeconds: life } },
        { signInTimeoutMs: 20 * MINUTE },
      );
      await wait(world, life - 3);
      world.server.approveDevice(shown.device!.userCode);
      await wait(world, 2);
      expect((await done).subject).toBe("ada");
      expect(polls(world)).toHaveLength(count);
      expect(world.server.violations).toEqual([]);
    },
  );

  it("any other error ends it at once", async () => {
    const { world, done } = await withCode();
    world.server.intercept = ({ path }) =>
      path === "/token" ? Response.json({ error: "invalid_grant" }, { status: 400 }) : undefined;
    await wait(world, 5);
    expect(await errorOf(done)).toMatchObject({ code: "authorization_failed", oauthError: "invalid_grant" });
    await wait(world, 30);
    expect(polls(world)).toHaveLength(1);
  });

  it("a code that was good is not sent again, though the keys for its ID token cannot be had", async () => {
    const { world, done, shown } = await withCode();
    world.server.intercept = ({ path }) =>
      path === "/jwks" ? new Response(null, { status: 503 }) : undefined;
    world.server.approveDevice(shown.device!.userCode);
    await wait(world, 30);
    expect(await errorOf(done)).toMatchObject({ code: "temporarily_unavailable", retryable: true });
    expect(polls(world)).toHaveLength(1);
  });

  it("the deadline of the sign-in ends it too", async () => {
    const { world, done } = await withCode({}, { signInTimeoutMs: 30 * SECOND });
    await wait(world, 30);
    expect(await errorOf(done)).toMatchObject({
      code: "timed_out",
      hint: "Sign in again, and enter the code in time.",
    });
  });
});

describe("what the server says of the code is hostile until shown otherwise", () => {
  const good = {
    device_code: "d",
    user_code: "ABCD-EFGH",
    verification_uri: "https://id.example/activate",
    expires_in: 600,
  };
  it.each([
    [
      "an address that is http",
      { verification_uri: "http://id.example/a" },
      "insecure_endpoint",
      "verification_uri",
    ],
    [
      "an address that is script",
      { verification_uri: "javascript:alert(1)" },
      "insecure_endpoint",
      "verification_uri",
    ],
    [
      "a complete address that is http",
      { verification_uri_complete: "http://id.example/a" },
      "insecure_endpoint",
      "verification_uri_complete",
    ],
    [
      "an address with a user in it",
      { verification_uri: "https://id.example@evil.example/" },
      "insecure_endpoint",
      "verification_uri",
    ],
    [
      "an address with control characters",
      { verification_uri: "https://id.example/\u001b[2J" },
      "invalid_response",
      "verification_uri",
    ],
    [
      "an address on this machine, of a server elsewhere",
      { verification_uri: "http://127.0.0.1:8080/reset" },
      "insecure_endpoint",
      "verification_uri",
    ],
    [
      "an address with the code on this machine, of a server elsewhere",
      { verification_uri_complete: "http://localhost/reset" },
      "insecure_endpoint",
      "verification_uri_complete",
    ],
    ["no address", { verification_uri: "activate" }, "invalid_response", "verification_uri"],
    ["a user code with control characters", { user_code: "AB\u001b[31mCD" }, "invalid_response", "user_code"],
    ["a user code that turns the line around", { user_code: "AB\u202eCD" }, "invalid_response", "user_code"],
    ["a user code as long as a book", { user_code: "A".repeat(500) }, "invalid_response", "user_code"],
    ["an interval below zero", { interval: -1 }, "invalid_response", undefined],
    ["no device code", { device_code: undefined }, "invalid_response", undefined],
  ])("%s is refused", async (_, change, code, detail) => {
    const { client, server } = await arrange({ serverOptions });
    server.intercept = ({ path }) => (path === "/device" ? Response.json({ ...good, ...change }) : undefined);
    const error = await errorOf(client.signIn({ flow: "device" }));
    expect(error.code).toBe(code);
    if (detail !== undefined) expect(error.detail).toBe(detail);
    expect(client.getState()).not.toHaveProperty("device");
  });

  it.each([
    ["letters of another script", "https://id.ex\u0430mple/a", "https://id.xn--exmple-4nf/a"],
    ["a soft hyphen", "https://id.exam\u00adple/a", "https://id.example/a"],
    ["a slash that leans", "https://id.example\\@evil.example/", "https://id.example/@evil.example/"],
    ["no slashes", "https:evil.example", "https://evil.example/"],
  ])("%s in an address: it is shown as the browser will have it", async (_, verification_uri, shown) => {
    const { client, server } = await arrange({ serverOptions });
    server.intercept = ({ path }) =>
      path === "/device" ? Response.json({ ...good, verification_uri }) : undefined;
    client.signIn({ flow: "device" }).catch(nobody);
    const state = await reached(client, (each) => "device" in each);
    expect(state).toMatchObject({ device: { verificationUri: shown } });
  });

  it("a lifetime that is no date is cut to a day", async () => {
    const { client, server, clock } = await arrange({ serverOptions });
    server.intercept = ({ path }) =>
      path === "/device" ? Response.json({ ...good, expires_in: Number.MAX_VALUE }) : undefined;
    client.signIn({ flow: "device" }).catch(nobody);
    const state = await reached(client, (each) => "device" in each);
    expect(state).toMatchObject({ device: { expiresAt: clock.now() + 24 * 3_600 * SECOND } });
  });
});

describe("flow: 'auto'", () => {
  it("goes on with a code where no browser opens; the address stays good beside it", async () => {
    const world = await arrange({ serverOptions, person: noBrowser });
    const done = world.client.signIn();
    const shown = await showsCode(world);
    expect(shown).toMatchObject({
      step: "device",
      browser: "failed",
      url: expect.stringContaining("/authorize"),
    });
    expect(world.ports.listener.isListening).toBe(true);
    expect(world.notices.map(({ code }) => code)).toEqual(["browser_failed"]);
    world.server.approveDevice(shown.device!.userCode);
    await wait(world, 5);
    expect((await done).subject).toBe("ada");
    expect(world.ports.listener.isListening).toBe(false);
  });

  it("goes on waiting for the address where the server has no codes, or refuses to give one", async () => {
    const without = await arrange({ person: noBrowser });
    void without.client.signIn().catch(nobody);
    expect(await reached(without.client, (state) => "browser" in state)).toMatchObject({ step: "waiting" });
    const refusing = await arrange({ serverOptions, person: noBrowser });
    refusing.server.intercept = ({ path }) =>
      path === "/device" ? Response.json({ error: "unauthorized_client" }, { status: 400 }) : undefined;
    const done = refusing.client.signIn();
    await reached(refusing.client, (state) => "browser" in state);
    await quiet();
    expect(refusing.notices.map(({ code, detail }) => [code, detail])).toEqual([
      ["browser_failed", "ENOENT"],
      ["device_failed", "authorization_failed"],
    ]);
    const waiting = refusing.client.getState() as Waiting;
    void refusing.ports.listener.visit(refusing.server.authorize(waiting.url!));
    expect((await done).subject).toBe("ada");
  });

  it.each([
    ["when the browser opened", { serverOptions, person: nobody }, {}],
    ["when the app opens none itself", { serverOptions, person: noBrowser }, { openBrowser: false }],
    ["with flow 'loopback'", { serverOptions, person: noBrowser }, { flow: "loopback" }],
  ] as const)("asks for no code %s", async (_, options, signIn) => {
    const world = await arrange(options);
    void world.client.signIn(signIn).catch(nobody);
    await reached(world.client, (state) => "step" in state && state.step === "waiting");
    await wait(world, 10);
    expect(world.server.requests.map(({ path }) => path)).not.toContain("/device");
    expect(world.client.getState()).toMatchObject({
      step: "waiting",
      can: expect.arrayContaining(["useDeviceCode"]),
    });
  });
});

describe("useDeviceCode() while a browser is waited for", () => {
  async function bothWays() {
    const world = await arrange({ serverOptions, person: nobody });
    const done = world.client.signIn();
    done.catch(nobody);
    await reached(world.client, (state) => "step" in state && state.step === "waiting");
    world.client.useDeviceCode();
    const shown = await showsCode(world);
    return { world, done, shown };
  }

  it("the code first: the listener is gone, and the browser's late redirect finds nobody", async () => {
    const { world, done, shown } = await bothWays();
    world.server.approveDevice(shown.device!.userCode);
    await wait(world, 5);
    expect((await done).subject).toBe("ada");
    expect(await world.ports.listener.visit(world.server.authorize(shown.url!))).toBe(0);
    expect(world.store.calls.filter((call) => call === "save")).toHaveLength(1);
  });

  it("the browser first: nobody polls any more", async () => {
    const { world, done, shown } = await bothWays();
    await wait(world, 5);
    expect(await world.ports.listener.visit(world.server.authorize(shown.url!))).toMatchObject({
      outcome: "success",
    });
    expect((await done).subject).toBe("ada");
    world.server.approveDevice(shown.device!.userCode);
    await wait(world, 30);
    expect(polls(world)).toHaveLength(1);
    expect(world.client.getState()).not.toHaveProperty("device");
  });

  it("a code that expires leaves the browser's way open, and another code may be asked for", async () => {
    const world = await arrange({
      serverOptions: { ...serverOptions, deviceCodeSeconds: 10 },
      person: nobody,
    });
    const done = world.client.signIn();
    await reached(world.client, (state) => "step" in state && state.step === "waiting");
    world.client.useDeviceCode();
    const first = await showsCode(world);
    await wait(world, 10);
    expect(world.client.getState()).toMatchObject({ step: "waiting" });
    expect(world.client.getState()).not.toHaveProperty("device");
    expect(world.notices).toMatchObject([{ code: "device_failed", detail: "timed_out" }]);
    world.client.useDeviceCode();
    const second = await showsCode(world);
    expect(second.device!.userCode).not.toBe(first.device!.userCode);
    world.server.approveDevice(second.device!.userCode);
    await wait(world, 8);
    expect((await done).subject).toBe("ada");
  });

  it("a person who says no at the device has said no", async () => {
    const { world, done, shown } = await bothWays();
    world.server.approveDevice(shown.device!.userCode, "deny");
    await wait(world, 5);
    expect(await codeOf(done)).toBe("access_denied");
    expect(world.ports.listener.isListening).toBe(false);
  });

  it("on a server without device codes throws, and the wait goes on", async () => {
    const { client } = await arrange({ person: nobody });
    void client.signIn().catch(nobody);
    const state = await reached(client, (each) => "step" in each && each.step === "waiting");
    expect(state.can).not.toContain("useDeviceCode");
    expect(() => client.useDeviceCode()).toThrow(expect.objectContaining({ code: "unsupported_by_server" }));
    expect(client.getState()).toMatchObject({ step: "waiting" });
  });

  it("does nothing when no sign-in waits", async () => {
    const { client } = await signedIn({ serverOptions });
    client.useDeviceCode();
    expect(client.getState()).toMatchObject({ status: "authenticated" });
  });
});

describe("a step-up by code", () => {
  it("keeps the base session while the code is shown, and when it expires", async () => {
    const world = await signedIn({ serverOptions: { ...serverOptions, deviceCodeSeconds: 30 } });
    const stepUp = codeOf(world.client.signIn({ flow: "device", maxAge: 0 }));
    const shown = await showsCode(world);
    expect(shown).toMatchObject({ step: "device", base: { subject: "ada" } });
    await wait(world, 30);
    expect(await stepUp).toBe("timed_out");
    expect(world.client.getState()).toMatchObject({ status: "authenticated" });
    expect(await world.client.getAccessToken({ minValidityMs: 10 * MINUTE })).toMatch(/^access-/);
  });

  it("by somebody else is account_changed", async () => {
    const world = await signedIn({ serverOptions });
    world.server.idTokenClaims = { sub: "bob" };
    const stepUp = codeOf(world.client.signIn({ flow: "device", maxAge: 60 }));
    const shown = await showsCode(world);
    world.server.approveDevice(shown.device!.userCode);
    await wait(world, 5);
    expect(await stepUp).toBe("account_changed");
    expect(world.client.getState()).toMatchObject({ status: "authenticated", session: { subject: "ada" } });
  });
});

// A token that was kept, given out without a client: what a client would give out without a request, and nothing else.
import { describe, expect, it } from "vitest";
import { keptAccessToken } from "../../src/session/read-kept-token.js";
import type { AuthConfig } from "../../src/config/auth-config.js";
import { errorOf, HOUR, lockedKeyring, MINUTE, restarted, signedIn } from "../support/world.js";

const KEEPS = { keepAccessToken: "store", refreshOnStart: false } as const;

async function stored(config: Partial<AuthConfig> = KEEPS) {
  const world = await signedIn({ serverOptions: { offers: ["dpop"] } }, config);
  const { issuer } = world.server;
  const clientId = "app";
  await world.client.close();
  const before = world.server.requests.length;
  return {
    ...world,
    given: { issuer, clientId, ...config },
    asked: () => world.server.requests.length - before,
  };
}

describe("a token that was kept", () => {
  it("is given with its end, by one look at the store and no request", async () => {
    const { given, ports, store, asked, clock } = await stored();
    const loads = store.calls.length;
    const { accessToken } = JSON.parse(store.record!) as { accessToken: { value: string } };
    expect(await keptAccessToken(given, ports)).toEqual({
      accessToken: accessToken.value,
      expiresAt: clock.now() + HOUR,
    });
    expect(store.calls.slice(loads)).toEqual(["load"]);
    expect(asked()).toBe(0);
  });

  // Minutes of its hour, and how long it is to be good for.
  it.each([
    [53, undefined],
    [55, undefined],
    [55, 4 * MINUTE],
    [55, 6 * MINUTE],
    [61, undefined],
    [61, 0],
  ])(
    "after %i minutes, wanted for %s ms, is given exactly where a client asks for none",
    async (minutes, minValidityMs) => {
      const world = await stored();
      world.clock.sleep(minutes * MINUTE);
      const wanted = minValidityMs === undefined ? {} : { minValidityMs };
      const kept = await keptAccessToken(world.given, world.ports, wanted);
      const { client } = await restarted(world, KEEPS);
      const token = await client.getAccessToken(wanted);
      expect(kept?.accessToken).toBe(world.asked() === 0 ? token : undefined);
    },
  );

  it.each([
    ["where none is kept", { keepAccessToken: "memory" }, {}],
    ["of another client", {}, { clientId: "another" }],
    ["of another issuer", {}, { issuer: "https://other.example" }],
    ["that is bound to a key", { dpop: true }, {}],
    ["that is bound to a key, for an app that does not bind", { dpop: true }, { dpop: false }],
  ] as const)("%s there is none", async (_, config, other) => {
    const { given, ports, asked } = await stored({ ...KEEPS, ...config });
    expect(await keptAccessToken({ ...given, ...other }, ports)).toBeUndefined();
    expect(asked()).toBe(0);
  });

  it("is not given to who asks for a new one", async () => {
    const { given, ports } = await stored();
    expect(await keptAccessToken(given, ports, { forceRefresh: true })).toBeUndefined();
  });

  it("in a record that cannot be read is left to the client, and stays where it is", async () => {
    const { given, ports, store } = await stored();
    await store.save("half a rec");
    expect(await keptAccessToken(given, ports)).toBeUndefined();
    expect(store.record).toBe("half a rec");
  });

  it("in a store that fails is no token, and says so as a client does", async () => {
    const { given, ports, store } = await stored();
    store.faults.load = lockedKeyring();
    expect(await errorOf(keptAccessToken(given, ports))).toMatchObject({
      code: "store_unavailable",
    });
  });

  it("is not waited for any more when the signal aborts, and options that make no sense are refused", async () => {
    const { given, ports, store } = await stored();
    store.gates.load = new Promise(() => {});
    const leave = new AbortController();
    const asked = errorOf(keptAccessToken(given, ports, { signal: leave.signal }));
    leave.abort();
    expect(await asked).toMatchObject({ code: "cancelled" });
    expect(await errorOf(keptAccessToken(given, ports, { signal: leave.signal }))).toMatchObject({
      code: "cancelled",
    });
    expect(await errorOf(keptAccessToken(given, ports, { minValidityMs: Number.NaN }))).toMatchObject({
      code: "invalid_config",
    });
  });
});

// Pushed authorization requests (RFC 9126) at a real server: the browser carries a reference, and nothing else.
import type { AuthState } from "@loopkey/core";
import { createFakeClock } from "@loopkey/core/testing";
import { describe, expect, it } from "vitest";
import { BROWSER_TRAIL, createWorld, expectNothingLeft, type World } from "./support/signing-in.js";

/** The parameters that the browser brought to the server. */
async function urlOf(world: World): Promise<URLSearchParams> {
  return new URL(await world.authorizationUrl()).searchParams;
}

function pushesOf({ server }: World): number {
  return server.events.filter(({ type }) => type === "request-pushed").length;
}

describe("a server that requires it", () => {
  it("gets the request pushed, and the browser carries only the reference", async () => {
    const world = await createWorld({ features: { pushedRequests: "required" } });
    const signingIn = world.begin();
    const query = await urlOf(world);
    expect([...query.keys()].toSorted()).toEqual(["client_id", "request_uri"]);
    expect(world.server.secrets).toEqual([{ kind: "request_uri", value: query.get("request_uri") }]);
    await fetch(await world.person.follow(await world.authorizationUrl()));
    expect(await signingIn).toMatchObject({ subject: "account-ada", scope: ["openid", "offline_access"] });
    expect(world.trail).toEqual(BROWSER_TRAIL);
    expect((await world.client.fetch(world.server.apiUrl)).status).toBe(200);
    await expectNothingLeft(world);
  });

  it("gets a new one for each attempt", async () => {
    const world = await createWorld({ features: { pushedRequests: "required" } });
    const first = world.begin();
    const before = (await urlOf(world)).get("request_uri");
    world.client.cancel();
    await expect(first).rejects.toMatchObject({ code: "cancelled" });
    await world.signIn();
    expect(pushesOf(world)).toBe(2);
    expect(world.server.secrets.filter(({ value }) => value === before)).toHaveLength(1);
  });

  it("gets it again before it forgets the reference, and either address signs in", async () => {
    const clock = createFakeClock(Date.now());
    const world = await createWorld({ features: { pushedRequests: "required" }, ports: { clock } });
    const waiting = async (isAnother: (url: string) => boolean): Promise<string | undefined> => {
      const holds = (state: AuthState) => "url" in state && state.url !== undefined && isAnother(state.url);
      const state = await world.reached(holds);
      return "url" in state ? state.url : undefined;
    };
    for (const which of ["first", "second"]) {
      const signingIn = world.begin({ openBrowser: false });
      const first = await waiting(() => true);
      await clock.advance(55_000);
      const second = await waiting((url) => url !== first);
      await fetch(await world.person.follow((which === "first" ? first : second)!));
      expect(await signingIn).toMatchObject({ subject: "account-ada" });
    }
    expect(pushesOf(world)).toBe(4);
  });

  it("is unsupported_by_server with par: 'never', before a browser opens", async () => {
    const world = await createWorld({ features: { pushedRequests: "required" }, config: { par: "never" } });
    await expect(world.signIn()).rejects.toMatchObject({
      code: "unsupported_by_server",
      hint: 'Leave out "par", or set it to "auto".',
    });
    expect(world.server.paths()).not.toContain("/oauth/authorize");
    expect(world.trail).toEqual(["awaiting-callback/preparing", "idle"]);
    await expectNothingLeft(world);
  });
});

describe("a server that takes both", () => {
  it.each([
    ["auto", 0],
    ["never", 0],
    ["always", 1],
  ] as const)("with par: '%s' gets %i pushed", async (par, pushes) => {
    const world = await createWorld({ features: { pushedRequests: "accepted" }, config: { par } });
    expect(await world.signIn()).toMatchObject({ subject: "account-ada" });
    expect(pushesOf(world)).toBe(pushes);
    expect(world.trail).toEqual(BROWSER_TRAIL);
  });

  it("refuses what is wrong before the browser opens, in its own words", async () => {
    const world = await createWorld({
      features: { pushedRequests: "accepted" },
      config: { par: "always", redirectUris: ["http://127.0.0.1/elsewhere"] },
    });
    await expect(world.signIn()).rejects.toMatchObject({
      code: "authorization_failed",
      oauthError: "invalid_request",
      message: expect.stringContaining("redirect_uri"),
    });
    expect(world.server.paths()).not.toContain("/oauth/authorize");
    expect(world.client.getState().status).toBe("idle");
  });
});

it("par: 'always' at a server without it is unsupported_by_server", async () => {
  const world = await createWorld({ config: { par: "always" } });
  await expect(world.signIn()).rejects.toMatchObject({
    code: "unsupported_by_server",
    detail: "pushed_authorization_request_endpoint",
  });
  await expectNothingLeft(world);
});

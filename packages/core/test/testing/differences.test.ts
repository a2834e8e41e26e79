// Servers that merely differ: everything works with each of the differences, and with all of them that go together.
import { describe, expect, it } from "vitest";
import { DIFFERENCES, type Difference } from "../../src/testing/index.js";
import { API } from "../support/refreshing.js";
import {
  codeOf,
  pass,
  reached,
  refreshes,
  SECOND,
  signedIn,
  arrange,
  type WorldOptions,
} from "../support/world.js";

const names = Object.keys(DIFFERENCES) as Difference[];
const settings: readonly (readonly [string, readonly Difference[]])[] = [
  ...names.map((name) => [name, [name]] as const),
  [
    "all that go together",
    names.filter(
      (name) =>
        ![
          "scope-with-commas",
          "reasonless-401",
          "errors-beside-a-challenge",
          "refuses-apart",
          "pending-as-message",
        ].includes(name),
    ),
  ],
  [
    "those that say it otherwise",
    [
      "scope-with-commas",
      "reasonless-401",
      "errors-beside-a-challenge",
      "text-for-numbers",
      "refuses-apart",
      "pending-as-message",
    ],
  ],
];

const LOGOUT =
  "https://id.example/logout?client_id={client_id}&logout_uri={post_logout_redirect_uri}&id_token_hint={id_token_hint}";

/** Its metadata is at the second place, for the sake of what the first one answers. */
const options = (differs: readonly Difference[]): WorldOptions => ({
  serverOptions: { differs, offers: ["device"], discovery: "oauth" },
});
const config = (differs: readonly Difference[]) =>
  ({
    ...(differs.includes("logout-other-names") ? { endSessionUrl: LOGOUT } : {}),
    ...(differs.includes("own-token-type") ? { bearerTokenTypes: ["user"] } : {}),
  }) as const;

describe.each(settings)("a server with %s", (_, differs) => {
  it("signs in, calls an API, refreshes twice and signs out", async () => {
    const world = await signedIn(options(differs), config(differs));
    const { client, server } = world;
    expect(client.getState()).toMatchObject({
      status: "authenticated",
      session: { subject: "ada", scope: ["openid", "offline_access"] },
    });
    expect((await client.fetch(API)).status).toBe(200);
    expect(await client.userInfo()).toMatchObject({ sub: "ada" });
    const first = await client.getAccessToken({ forceRefresh: true });
    expect(await client.getAccessToken({ forceRefresh: true })).not.toBe(first);
    expect(refreshes(world)).toHaveLength(2);
    expect(await client.signOut()).toEqual({ local: "done", revocation: "done", endSession: "done" });
    expect(server.violations).toEqual([]);
    expect(server.reuses).toBe(0);
  });

  it("says what it means when it ends the grant", async () => {
    const { client, server, store } = await signedIn(options(differs), config(differs));
    server.endSessions();
    const isRefused = differs.includes("refuses-in-other-words") || differs.includes("refuses-apart");
    expect(await codeOf(client.getAccessToken({ forceRefresh: true }))).toBe(
      isRefused ? "sign_in_required" : "session_ended",
    );
    expect(store.record === null).toBe(!isRefused);
  });

  it("refuses a token, and one refresh and one more try are made", async () => {
    const world = await signedIn(options(differs), config(differs));
    let calls = 0;
    world.server.intercept = (request) => {
      if (request.path !== "/api" || ++calls > 1) return undefined;
      const bare = differs.includes("bare-401");
      const challenge = differs.includes("reasonless-401") ? "Bearer" : 'Bearer error="invalid_token"';
      return new Response(null, { status: 401, headers: bare ? {} : { "www-authenticate": challenge } });
    };
    expect((await world.client.fetch(API)).status).toBe(200);
    expect(refreshes(world)).toHaveLength(1);
  });

  it("gives a code for another device, and waits until it is entered", async () => {
    const world = await arrange(options(differs), config(differs));
    const done = world.client.signIn({ flow: "device" });
    const state = await reached(world.client, (each) => "device" in each);
    const { device } = state as { device: { userCode: string } };
    await pass(world, 12 * SECOND);
    world.server.approveDevice(device.userCode);
    await pass(world, 6 * SECOND);
    expect((await done).subject).toBe("ada");
    expect(world.server.violations).toEqual([]);
  });

  it("turns a device away where the person says no", async () => {
    const world = await arrange(options(differs), config(differs));
    const code = codeOf(world.client.signIn({ flow: "device" }));
    const state = await reached(world.client, (each) => "device" in each);
    world.server.approveDevice((state as { device: { userCode: string } }).device.userCode, "deny");
    await pass(world, 6 * SECOND);
    expect(await code).toBe("access_denied");
  });
});

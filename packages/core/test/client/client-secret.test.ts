// A secret that is published with the app: shown where the server wants it, kept with the session, and seen nowhere.
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import type { AuthConfig } from "../../src/index.js";
import {
  arrange,
  errorOf,
  HOUR,
  pass,
  refreshes,
  restarted,
  signedIn,
  type World,
} from "../support/world.js";

const SECRET = "hush: p%+& ü";

const options = (clientAuth: object = {}, more: object = {}) => ({
  serverOptions: { clientAuth: { secret: SECRET, ...clientAuth }, ...more },
});

const METHODS = ["client_secret_post", "client_secret_basic"] as const;

/** Everything that is asked of a server with the client's name on it: sign-in, refresh, revocation. */
async function useAll(world: World): Promise<void> {
  await world.client.signIn();
  await world.client.getAccessToken({ forceRefresh: true });
  await world.client.signOut({ browser: false });
  expect(world.server.violations).toEqual([]);
}

function showsIn({ body, authorization }: World["server"]["requests"][number]): string {
  return [
    body.has("client_secret") ? "client_secret_post" : "",
    authorization?.startsWith("Basic ") ? "client_secret_basic" : "",
  ].join("");
}

describe("a client secret", () => {
  it.each(METHODS)(
    "is shown by %s in every request that names the client, and PKCE stays",
    async (method) => {
      const world = await arrange(options({ methods: [method] }, { offers: ["par"] }), {
        clientSecret: SECRET,
        tokenEndpointAuthMethod: method,
        par: "always",
      });
      await useAll(world);
      const shown = world.server.requests.filter(({ method: verb }) => verb === "POST");
      expect(shown.map(({ path }) => path)).toEqual(["/par", "/token", "/token", "/revoke"]);
      for (const request of shown) expect(showsIn(request)).toBe(method);
      expect(world.server.authorizations[0]?.get("code_challenge_method")).toBe("S256");
      expect(shown[1]?.body.has("code_verifier")).toBe(true);
    },
  );

  it.each<[string, readonly string[] | undefined, string]>([
    ["in the body, where the server lists that", METHODS.toReversed(), "client_secret_post"],
    ["by Basic, where the body is not listed", ["client_secret_basic"], "client_secret_basic"],
    ["by Basic, where nothing is listed", undefined, "client_secret_basic"],
  ])("goes %s", async (_, listed, method) => {
    const metadata = { token_endpoint_auth_methods_supported: listed };
    const world = await arrange(options({}, { metadata }), { clientSecret: SECRET });
    await useAll(world);
    const token = world.server.requests.find(({ path }) => path === "/token")!;
    expect(showsIn(token)).toBe(method);
  });

  it.each(METHODS)("may be empty, by %s", async (tokenEndpointAuthMethod) => {
    const world = await arrange(
      { serverOptions: { clientAuth: { secret: "", methods: [tokenEndpointAuthMethod] } } },
      { clientSecret: "", tokenEndpointAuthMethod },
    );
    await useAll(world);
  });

  it("is shown in the device flow", async () => {
    const world = await arrange(options({}, { offers: ["device"] }), {
      clientSecret: SECRET,
      flow: "device",
    });
    const signingIn = world.client.signIn();
    await pass(world, 1_000);
    const state = world.client.getState();
    world.server.approveDevice(state.status === "awaiting-callback" ? state.device!.userCode : "");
    await pass(world, 10_000);
    await signingIn;
    expect(world.server.violations).toEqual([]);
  });

  it("is kept with the session: a process that is not given it renews and revokes", async () => {
    const first = await signedIn(options(), { clientSecret: SECRET });
    const world = await restarted(first);
    await world.client.getAccessToken({ forceRefresh: true });
    expect(await world.client.signOut({ browser: false })).toMatchObject({ revocation: "done" });
    expect(world.server.violations).toEqual([]);
  });

  it("signs in again from a session that has it, without a configured one", async () => {
    const first = await signedIn(options(), { clientSecret: SECRET });
    const world = await restarted(first, { tokenEndpointAuthMethod: "client_secret_post" });
    await world.client.ready();
    await world.client.signIn();
    expect(world.server.violations).toEqual([]);
  });

  it("that is configured wins over the kept one, and is kept from then on", async () => {
    const first = await signedIn(options(), { clientSecret: SECRET });
    const record = first.store.record!;
    await first.client.close();
    await first.store.save(record.replace(JSON.stringify(SECRET), '"old"'));
    const second = await restarted(first, { clientSecret: SECRET });
    await second.client.getAccessToken();
    const third = await restarted(second);
    await third.client.getAccessToken({ forceRefresh: true });
    expect(refreshes(third)).toHaveLength(3);
    expect(third.server.violations).toEqual([]);
  });

  it("that is missing is asked for before a browser opens", async () => {
    const config: Partial<AuthConfig> = { tokenEndpointAuthMethod: "client_secret_basic" };
    const { client, ports } = await arrange(options(), config);
    const error = await errorOf(client.signIn());
    expect(error).toMatchObject({ code: "invalid_config", detail: "clientSecret" });
    expect(error.message).toMatch(/is missing.*Write it, or "none"/);
    expect(ports.opened).toEqual([]);
  });

  it("stands in no URL, state, notice or error, also when the server repeats it", async () => {
    const world = await arrange(options(), { clientSecret: SECRET });
    await world.client.signIn();
    world.server.intercept = ({ path }) =>
      path === "/token"
        ? Response.json({ error: "invalid_client", error_description: `not ${SECRET}` }, { status: 400 })
        : undefined;
    await pass(world, HOUR);
    const said = inspect([world.states, world.notices, world.ports.opened, world.client], { depth: 20 });
    expect(said).toContain("invalid_client");
    for (const spelling of [
      SECRET,
      encodeURIComponent(SECRET),
      new URLSearchParams({ a: SECRET }).toString(),
    ])
      expect(said).not.toContain(spelling);
  });
});

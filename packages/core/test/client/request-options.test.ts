// What an app adds to requests, and what it takes of answers.
import { describe, expect, it } from "vitest";
import { arrange, errorOf, refreshes, restarted, signedIn } from "../support/world.js";

describe("parameters", () => {
  it("of one sign-in go into its authorization request alone, over those of the configuration", async () => {
    const world = await arrange({}, { authorizationParams: { audience: "a", ui_locales: "de" } });
    await world.client.signIn({ authorizationParams: { audience: "b", hd: "example.com" } });
    await world.client.signIn({ maxAge: 0 });
    const sent = world.server.authorizations.map((each) =>
      ["audience", "ui_locales", "hd"].map((n) => each.get(n)),
    );
    expect(sent).toEqual([
      ["b", "de", "example.com"],
      ["a", "de", null],
    ]);
  });

  it("of one sign-in are checked as those of the configuration are, before anything happens", async () => {
    const { client, ports } = await arrange();
    for (const name of ["state", "redirect_uri", "response_mode", "client_secret", "max_age"]) {
      const error = await errorOf(client.signIn({ authorizationParams: { [name]: "x" } }));
      expect(error).toMatchObject({ code: "invalid_config", detail: "authorizationParams" });
    }
    expect(ports.opened).toEqual([]);
  });

  it("of one sign-in make it another one than that which is going on", async () => {
    const { client } = await arrange({ person: () => {} });
    const first = client.signIn({ authorizationParams: { audience: "a" } });
    const error = await errorOf(client.signIn({ authorizationParams: { audience: "b" } }));
    expect(error.code).toBe("interaction_in_progress");
    client.cancel();
    await errorOf(first);
  });

  it("of token requests go into each of them", async () => {
    const world = await signedIn({}, { tokenParams: { audience: "https://api.example", nothing: "" } });
    await world.client.getAccessToken({ forceRefresh: true });
    const sent = world.server.requests.filter(({ path }) => path === "/token");
    expect(sent.map(({ body }) => body.get("grant_type"))).toEqual(["authorization_code", "refresh_token"]);
    for (const { body } of sent) expect(body.get("audience")).toBe("https://api.example");
  });
});

describe("the scope", () => {
  it("that is empty is not sent, and the ID token is not waited for", async () => {
    const { client, server } = await arrange({}, { scope: "" });
    expect(await client.signIn()).toMatchObject({ scope: [] });
    expect(server.authorizations[0]?.has("scope")).toBe(false);
    expect(server.violations).toEqual([]);
  });

  it("of the default leaves offline_access out where the server's list lacks it, and a notice says so", async () => {
    const metadata = { scopes_supported: ["openid", "email"] };
    const { client, server, notices } = await arrange({ serverOptions: { metadata } });
    await client.signIn();
    expect(server.authorizations[0]?.get("scope")).toBe("openid");
    const notice = notices.find(({ code }) => code === "not_renewable");
    expect(notice?.message).toMatch(/not asked for "offline_access", which its list of scopes lacks/);
  });

  it.each<[string, Readonly<Record<string, unknown>>, object]>([
    ["where the server lists it", { scopes_supported: ["openid", "offline_access"] }, {}],
    ["where the server lists nothing", {}, {}],
    ["where the list is none", { scopes_supported: "openid" }, {}],
    ["where the app wrote it", { scopes_supported: ["openid"] }, { scope: "openid offline_access" }],
  ])("keeps offline_access %s", async (_, metadata, config) => {
    const { client, server, notices } = await arrange({ serverOptions: { metadata } }, config);
    await client.signIn();
    expect(server.authorizations[0]?.get("scope")).toBe("openid offline_access");
    expect(notices).toEqual([]);
  });
});

describe("members of the token answer", () => {
  const config = {
    keepResponseMembers: ["instance_url", "team", "isEnterprise", "sneaky", "list", "long", "no"],
  };

  it("that the app named are shown, kept over refreshes and starts, and renewed by later answers", async () => {
    const first = await arrange({}, config);
    first.server.tokenMembers = {
      instance_url: "https://na1.example",
      team: 7,
      isEnterprise: false,
      other: "x",
    };
    const session = await first.client.signIn();
    expect(session.response).toEqual({ instance_url: "https://na1.example", team: 7, isEnterprise: false });
    first.server.tokenMembers = { team: 8 };
    const world = await restarted(first, config);
    await world.client.getAccessToken({ forceRefresh: true });
    expect(world.client.getState()).toMatchObject({
      session: { response: { instance_url: "https://na1.example", team: 8, isEnterprise: false } },
    });
  });

  it("that are no plain value, too long, or equal to a token are not", async () => {
    const world = await arrange({}, { ...config, clientSecret: "hush-hush" });
    const { server } = world;
    server.intercept = ({ path }) =>
      path === "/token"
        ? Response.json({
            access_token: "the-access-token",
            refresh_token: "the-refresh-token",
            token_type: "Bearer",
            instance_url: "the-refresh-token",
            team: "the-access-token",
            isEnterprise: "hush-hush",
            sneaky: { token: "x" },
            list: ["x"],
            long: "x".repeat(2_049),
            no: null,
          })
        : undefined;
    const session = await world.client.signIn({ scope: "" });
    expect(session.response).toEqual({});
  });

  it("that nobody named are nowhere", async () => {
    const world = await arrange();
    world.server.tokenMembers = { instance_url: "https://na1.example" };
    expect(await world.client.signIn()).not.toHaveProperty("response");
    expect(world.store.record).not.toContain("na1");
    expect(refreshes(world)).toEqual([]);
  });
});

// The security checklist (docs/security.md), signing in: what is asked of the server, and which answer is taken for one.
import { describe, expect, it } from "vitest";
import { createAuthClient, type AuthConfig } from "../../src/index.js";
import { createFakeClock, createFakePorts, createFakeServer } from "../../src/testing/index.js";
import { sha256 } from "../../src/testing/jwt.js";
import { arrange, codeOf, is, reached, signedIn, type World, type WorldOptions } from "../support/world.js";

const nobody = (): void => {};
const tokenRequests = ({ server }: Pick<World, "server">) =>
  server.requests.filter(({ path }) => path === "/token");

/** The person allows, and somebody changes the redirect on its way. */
const redirectChanged = (change: (redirect: URL) => void): WorldOptions => ({
  person: (url, { listener, server }) => {
    const redirect = new URL(server.authorize(url));
    change(redirect);
    void listener.visit(redirect.href);
  },
});

async function expectNothingCame({ server, store, client }: World): Promise<void> {
  expect(tokenRequests({ server })).toEqual([]);
  expect(store.record).toBeNull();
  expect(client.getState().status).toBe("idle");
}

describe("RFC 8252 5, 8.12: external browser, never embedded", () => {
  it("the opener is called, once, with the authorization request", async () => {
    const { ports, server } = await signedIn();
    const [url, ...more] = ports.opened.map((each) => new URL(each));
    expect(more).toEqual([]);
    expect(url!.origin + url!.pathname).toBe(`${server.issuer}/authorize`);
  });

  it("no web view loads the server: nothing of ours asks for a page of it, at the end neither", async () => {
    const { client, server } = await signedIn();
    await client.signOut();
    const asked = new Set(server.requests.map(({ path }) => path));
    expect([...asked]).toEqual(["/.well-known/openid-configuration", "/token", "/jwks", "/revoke"]);
  });
});

describe("RFC 8252 6, 8.1, 8.2: PKCE; code flow only", () => {
  it.each<[string, Partial<AuthConfig>]>([
    ["by default", {}],
    ["pushed", { par: "always" }],
    ["bound to a key", { dpop: true }],
    ["without openid", { scope: "api" }],
    ["with parameters of the app's", { authorizationParams: { audience: "https://api.example" } }],
  ])("every authorization request has an S256 challenge and asks for a code: %s", async (_, config) => {
    const { server } = await signedIn({ serverOptions: { offers: ["par", "dpop"] } }, config);
    const [asked] = server.authorizations;
    expect(asked!.get("code_challenge")).toMatch(/^[\w-]{43}$/);
    expect(asked!.getAll("code_challenge_method")).toEqual(["S256"]);
    expect(asked!.getAll("response_type")).toEqual(["code"]);
    expect(server.violations).toEqual([]);
  });

  it.each(["code_challenge", "code_challenge_method", "response_type", "response_mode", "request"])(
    "a request with another %s cannot be built",
    async (name) => {
      const clock = createFakeClock();
      const server = await createFakeServer({ clock });
      const options = { issuer: server.issuer, clientId: "app", authorizationParams: { [name]: "plain" } };
      expect(() => createAuthClient(options, createFakePorts({ clock, server }))).toThrow(name);
    },
  );

  it.each([
    ["plain challenges only", { code_challenge_methods_supported: ["plain"] }],
    ["the implicit flow only", { response_types_supported: ["id_token token"] }],
  ])("a server with %s is refused before a browser opens", async (_, metadata) => {
    const world = await arrange({ serverOptions: { metadata } });
    expect(await codeOf(world.client.signIn())).toBe("unsupported_by_server");
    expect(world.ports.opened).toEqual([]);
    await expectNothingCame(world);
  });

  it.each(["id_token", "token", "response"])("a response with %s is refused", async (name) => {
    const world = await arrange(redirectChanged(({ searchParams }) => searchParams.set(name, "a.b.c")));
    expect(await codeOf(world.client.signIn())).toBe("invalid_response");
    await expectNothingCame(world);
  });

  it("an access token in the redirect is not used", async () => {
    const world = await signedIn(
      redirectChanged(({ searchParams }) => searchParams.set("access_token", "planted")),
    );
    expect(await world.client.getAccessToken()).toMatch(/^access-/);
  });
});

describe("RFC 8252 8.10, 9700 4.4, RFC 9207 2.4: mix-up defence", () => {
  const evil = (redirect: URL): void => redirect.searchParams.set("iss", "https://evil.example");
  const silent = (redirect: URL): void => redirect.searchParams.delete("iss");
  const denied = (redirect: URL): void => {
    redirect.searchParams.delete("code");
    redirect.searchParams.set("error", "access_denied");
  };

  it.each<[string, ...((redirect: URL) => void)[]]>([
    ["a code of another issuer", evil],
    ["a code without an issuer, though the server says that it sends one", silent],
    ["an error of another issuer", denied, evil],
    ["an error without an issuer, though the server says that it sends one", denied, silent],
  ])("an answer of the wrong issuer is refused: %s", async (_, ...changes) => {
    const world = await arrange(redirectChanged((redirect) => changes.forEach((change) => change(redirect))));
    expect(await codeOf(world.client.signIn())).toBe("invalid_response");
    await expectNothingCame(world);
  });

  it("another issuer is refused too where the server does not say that it sends one", async () => {
    const world = await arrange({
      ...redirectChanged(evil),
      serverOptions: { metadata: { authorization_response_iss_parameter_supported: undefined } },
    });
    expect(await codeOf(world.client.signIn())).toBe("invalid_response");
    await expectNothingCame(world);
  });

  it("the code goes to the issuer of this request only: one that another issuer had made for it is refused", async () => {
    const honest = await arrange({ person: nobody });
    const attacker = await arrange({ person: nobody, serverOptions: { issuer: "https://evil.example" } });
    const end = codeOf(attacker.client.signIn());
    const waiting = await reached(attacker.client, (state) => "browser" in state);
    // The attacker sends the browser on to the honest server, with the state and the challenge of this very request.
    const { url } = waiting as { readonly url: string };
    const redirect = honest.server.authorize(url.replace(attacker.server.issuer, honest.server.issuer));
    await attacker.ports.listener.visit(redirect);
    expect(await end).toBe("invalid_response");
    await expectNothingCame(attacker);
    expect(attacker.server.elsewhere).toEqual([]);
  });
});

describe("RFC 9700 2.1.1, 4.5.3: challenge, nonce, state fresh for each attempt", () => {
  it("1,000 attempts: all distinct", async () => {
    const { client, ports } = await arrange({ person: nobody });
    for (let attempt = 0; attempt < 1_000; attempt++) {
      const end = codeOf(client.signIn());
      // oxlint-disable-next-line no-await-in-loop
      await reached(client, (state) => "browser" in state);
      client.cancel();
      // oxlint-disable-next-line no-await-in-loop
      expect(await end).toBe("cancelled");
    }
    const values = ports.opened.flatMap((url) => {
      const { searchParams } = new URL(url);
      return ["state", "nonce", "code_challenge"].map((name) => searchParams.get(name)!);
    });
    // 256 bits each, and none is another.
    for (const value of values) expect(value).toMatch(/^[\w-]{43}$/);
    expect(new Set(values).size).toBe(3_000);
  }, 60_000);

  it("a retry uses new ones, the verifier included", async () => {
    const world = await arrange();
    world.server.intercept = ({ path }) =>
      path === "/token" ? Response.json({ error: "invalid_grant" }, { status: 400 }) : undefined;
    expect(await codeOf(world.client.signIn())).toBe("authorization_failed");
    world.server.intercept = undefined;
    await world.client.signIn();
    const [first, second] = world.server.authorizations;
    for (const name of ["state", "nonce", "code_challenge"])
      expect(second!.get(name), name).not.toBe(first!.get(name));
    const verifiers = tokenRequests(world).map(({ body }) => body.get("code_verifier"));
    expect(new Set(verifiers).size).toBe(2);
    expect(world.server.violations).toEqual([]);
  });
});

describe("RFC 9700 4.8: verifier if and only if challenge", () => {
  it("each code is redeemed with the verifier of its own challenge", async () => {
    const world = await signedIn({ serverOptions: { offers: ["par"] } });
    await world.client.signIn();
    const pushed = await signedIn({ serverOptions: { offers: ["par"] } }, { par: "always" });
    for (const { server } of [world, pushed]) {
      const sent = tokenRequests({ server }).map(({ body }) => body.get("code_verifier")!);
      const asked = server.authorizations.map((parameters) => parameters.get("code_challenge"));
      // oxlint-disable-next-line no-await-in-loop
      expect(await Promise.all(sent.map(sha256))).toEqual(asked);
    }
  });

  it("a request that redeems no code has none: refresh, revocation, device code", async () => {
    const world = await signedIn({ serverOptions: { offers: ["device"] } });
    await world.client.getAccessToken({ forceRefresh: true });
    await world.client.signOut();
    const byDevice = world.client.signIn({ flow: "device" });
    const { device } = (await reached(world.client, (state) => "device" in state)) as {
      readonly device: { readonly userCode: string };
    };
    world.server.approveDevice(device.userCode);
    await world.clock.advance(5_000);
    await byDevice;
    expect(world.client.getState()).toSatisfy(is("authenticated"));
    const [exchange, ...others] = world.server.requests.filter(({ method }) => method === "POST");
    expect(exchange!.body.has("code_verifier")).toBe(true);
    expect(others).toHaveLength(4);
    for (const { path, body } of others) {
      expect(body.has("code_verifier"), path).toBe(false);
      expect(body.has("code_challenge"), path).toBe(false);
    }
  });
});

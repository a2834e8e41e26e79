import { describe, expect, it } from "vitest";
import { createAuthClient, type AuthError } from "../../src/index.js";
import {
  createFakeClock,
  createFakePorts,
  createFakeServer,
  type FakePortsOptions,
} from "../../src/testing/index.js";

async function arrange(options: Partial<FakePortsOptions> = {}) {
  const clock = createFakeClock();
  const server = await createFakeServer({ clock });
  const ports = createFakePorts({ clock, server, ...options });
  return { clock, server, ports, config: { issuer: server.issuer, clientId: "app" } };
}

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "resolved",
    (error: unknown) => (error as AuthError).code,
  );
}

describe("a sign-in that ends in the moment it begins still settles", () => {
  it("when the app cancels from its own listener", async () => {
    const { ports, config } = await arrange();
    const client = createAuthClient(config, ports);
    client.subscribe(({ status }) => {
      if (status === "awaiting-callback") client.cancel();
    });
    await client.ready();
    expect(await codeOf(client.signIn())).toBe("cancelled");
    await client.close();
  });

  it("when the listener port throws at once", async () => {
    const { ports, config } = await arrange();
    const listenForRedirect = () => {
      throw new Error("no sockets here");
    };
    const client = createAuthClient(config, { ...ports, listenForRedirect });
    await client.ready();
    expect(await codeOf(client.signIn())).toBe("port_unavailable");
    await client.close();
  });
});

it("a URL that is changed while the token is awaited does not take the token elsewhere", async () => {
  const { ports, config, server } = await arrange();
  const asked: string[] = [];
  const fetch: typeof globalThis.fetch = (input, init) => {
    asked.push(input instanceof Request ? input.url : String(input));
    return server.fetch(input, init);
  };
  const client = createAuthClient(config, { ...ports, fetch });
  await client.signIn();
  const url = new URL("https://id.example/api");
  const answered = client.fetch(url);
  url.host = "evil.example";
  await answered;
  expect(asked.at(-1)).toBe("https://id.example/api");
  await client.close();
});

it("a store that never answers ends the sign-in and does not keep close() waiting", async () => {
  let saving = (): void => {};
  const reached = new Promise<void>((resolve) => (saving = resolve));
  const store = {
    info: { kind: "stuck", persistent: true },
    load: async () => null,
    clear: async () => {},
    probe: async () => {},
    quarantine: async () => null,
    save: () => {
      saving();
      return new Promise<void>(() => {});
    },
  };
  const { ports, config, clock } = await arrange({ store });
  const client = createAuthClient(config, ports);
  const done = codeOf(client.signIn());
  await reached;
  await clock.advance(90_000);
  expect(await done).toBe("store_unavailable");
  await client.close();
});

it("a browser that is accepted in the moment the app cancels is answered", async () => {
  let page: unknown;
  let cancel = (): void => {};
  const { ports, config } = await arrange({
    person: (url, { listener, server }) => {
      void listener.visit(server.authorize(url)).then((answer) => (page = answer));
      cancel();
    },
  });
  const client = createAuthClient(config, ports);
  cancel = () => client.cancel();
  expect(await codeOf(client.signIn())).toBe("cancelled");
  await client.close();
  expect(page).toMatchObject({ outcome: "failure" });
});

it("a token endpoint that refuses the client is not taken for a verdict on an access token", async () => {
  const { ports, config, server } = await arrange();
  server.intercept = ({ path }) =>
    path === "/token"
      ? Response.json({ error: "invalid_client" }, { status: 401, headers: { "www-authenticate": "Basic" } })
      : undefined;
  const client = createAuthClient(config, ports);
  expect(await codeOf(client.signIn())).toBe("authorization_failed");
  await client.close();
});

it.each([
  ["azp", "another client"],
  ["at_hash", "AAAAAAAAAAAAAAAAAAAAAA"],
  ["iat", 9_999_999_999],
  ["sub", ""],
  ["sub", "x".repeat(300)],
])("an ID token whose %s is wrong is refused", async (claim, value) => {
  const { ports, config, server } = await arrange();
  server.idTokenClaims = { [claim]: value };
  const client = createAuthClient(config, ports);
  await expect(client.signIn()).rejects.toMatchObject({ code: "id_token_invalid", detail: claim });
  expect(await ports.store.load()).toBeNull();
  await client.close();
});

it("openid that only signIn asks for needs the server's keys too, before a browser opens", async () => {
  const { ports, config, server } = await arrange();
  const metadata = { issuer: server.issuer, authorization_endpoint: `${server.issuer}/authorize` };
  const given = { ...metadata, token_endpoint: `${server.issuer}/token` };
  const client = createAuthClient({ clientId: config.clientId, server: given, scope: "api" }, ports);
  expect(await codeOf(client.signIn({ scope: "openid" }))).toBe("unsupported_by_server");
  expect(ports.opened).toEqual([]);
  await client.close();
});

it("a second close() waits for the first, and commands after it do nothing", async () => {
  const { ports, config } = await arrange();
  const client = createAuthClient(config, ports);
  expect(client.close()).toBe(client.close());
  await client.close();
  client.cancel();
  client.wake();
  expect(await codeOf(client.signOut())).toBe("closed");
});

it("a server that repeats what it was sent does not put it into the error", async () => {
  const { ports, config, server } = await arrange();
  let sent: readonly string[] = [];
  server.intercept = ({ path, body }) => {
    if (path !== "/token") return undefined;
    sent = [body.get("code")!, body.get("code_verifier")!];
    return Response.json(
      { error: "invalid_grant", error_description: `no: ${sent.join(" ")}` },
      { status: 400 },
    );
  };
  const client = createAuthClient(config, ports);
  const error: AuthError = (await client.signIn().catch((reason: AuthError) => reason)) as AuthError;
  expect(error.message).toContain("no: [secret] [secret]");
  const shown = JSON.stringify([error.message, client.getState()]);
  expect(sent).toHaveLength(2);
  for (const secret of sent) expect(shown).not.toContain(secret);
  await client.close();
});

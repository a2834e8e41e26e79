import { describe, expect, it } from "vitest";
import { AuthError, createAuthClient, type AuthConfig, type ServerMetadata } from "../../src/index.js";
import {
  createFakeClock,
  createFakePorts,
  createFakeServer,
  type FakeServerOptions,
  type Interception,
} from "../../src/testing/index.js";

const OPENID = "/.well-known/openid-configuration";
const OAUTH = "/.well-known/oauth-authorization-server";

async function arrange(
  options: Partial<FakeServerOptions> = {},
  config: (issuer: string) => Partial<AuthConfig> = (issuer) => ({ issuer }),
) {
  const clock = createFakeClock();
  const server = await createFakeServer({ clock, ...options });
  const ports = createFakePorts({ clock, server });
  const client = createAuthClient({ clientId: "app", ...config(server.issuer) }, ports);
  const asked = (): string[] =>
    server.requests.map(({ path }) => path).filter((path) => path.includes("well-known"));
  return { client, clock, server, ports, asked };
}
type World = Awaited<ReturnType<typeof arrange>>;

/** The error of a sign-in that must end before a browser opens or a token is asked for. */
async function refused({ client, ports, server }: World): Promise<AuthError> {
  const error = await client.signIn().then(
    () => expect.fail("signed in"),
    (reason: unknown) => reason as AuthError,
  );
  expect(error).toBeInstanceOf(AuthError);
  expect(ports.opened).toEqual([]);
  expect(server.requests.filter(({ path }) => !path.includes("well-known"))).toEqual([]);
  expect(client.getState()).toMatchObject({ status: "idle", reason: { code: error.code } });
  expect(ports.listener.isListening).toBe(false);
  expect(ports.clock.armed).toBe(0);
  await client.close();
  return error;
}

const metadataOf = (issuer: string, more: object = {}): ServerMetadata => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/jwks`,
  id_token_signing_alg_values_supported: ["ES256"],
  ...more,
});
const at =
  (path: string, answer: () => Response | Promise<Response>): Interception =>
  (request) =>
    request.path === path ? answer() : undefined;

/** Metadata the caller gives is refused when the client is created, what depends on the scope at signIn. */
function refusedAtOnce(config: (issuer: string) => Partial<AuthConfig>): Promise<unknown> {
  return arrange({}, config).then(refused, (error: unknown) => error);
}

describe("where the metadata is looked for", () => {
  it("is the OpenID document first, and nothing else when it is there", async () => {
    const { client, asked } = await arrange();
    await client.signIn();
    expect(asked()).toEqual([OPENID]);
    await client.close();
  });

  it("is the RFC 8414 document when the first is answered with 404", async () => {
    const { client, server, asked } = await arrange();
    server.intercept = ({ path }) => {
      if (path === OPENID) return new Response("not here", { status: 404 });
      return path === OAUTH ? Response.json(metadataOf(server.issuer)) : undefined;
    };
    expect((await client.signIn()).subject).toBe("ada");
    expect(asked()).toEqual([OPENID, OAUTH]);
    await client.close();
  });

  it("follows the issuer's path: appended for OpenID, inserted for RFC 8414, then for OpenID", async () => {
    const issuer = "https://id.example/realm";
    const world = await arrange({ issuer });
    const error = await refused(world);
    expect(error).toMatchObject({ code: "discovery_failed", detail: "404", retryable: false });
    expect(world.asked()).toEqual([`/realm${OPENID}`, `${OAUTH}/realm`, `${OPENID}/realm`]);
  });

  it.each<[string, () => Response]>([
    [
      "a web page with status 200",
      () => new Response("<html>", { headers: { "content-type": "text/html" } }),
    ],
    [
      "a web page that is called JSON",
      () => new Response("<html>", { headers: { "content-type": "application/json" } }),
    ],
    ["JSON that is no document", () => Response.json({ error: "not found" })],
    ["a list", () => Response.json([])],
    ["nothing", () => new Response(null, { status: 204 })],
    ["400", () => new Response("bad", { status: 400 })],
    ["401", () => new Response(null, { status: 401, headers: { "www-authenticate": "Basic" } })],
    ["403", () => Response.json({ message: "Forbidden" }, { status: 403 })],
    ["405", () => new Response(null, { status: 405 })],
    ["410", () => new Response(null, { status: 410 })],
    ["a redirect", () => Response.redirect("https://id.example/login", 302)],
  ])("is the next one when the first answers with %s", async (_, answer) => {
    const { client, server, asked } = await arrange();
    server.intercept = ({ path }) => {
      if (path === OPENID) return answer();
      return path === OAUTH ? Response.json(metadataOf(server.issuer)) : undefined;
    };
    expect((await client.signIn()).subject).toBe("ada");
    expect(asked()).toEqual([OPENID, OAUTH]);
    await client.close();
  });

  it("is told, all of it, when there is none, with what each answered", async () => {
    const world = await arrange();
    world.server.intercept = at(
      OPENID,
      () => new Response("<html>", { headers: { "content-type": "text/html" } }),
    );
    const error = await refused(world);
    expect(error).toMatchObject({ code: "discovery_failed", detail: "200", retryable: false });
    expect(error.hint).toContain(`https://id.example${OPENID} (200), https://id.example${OAUTH} (404)`);
  });

  it("a document of another issuer is not taken at the next place either", async () => {
    const world = await arrange();
    world.server.intercept = ({ path }) => {
      if (path === OPENID) return new Response(null, { status: 404 });
      return path === OAUTH ? Response.json(metadataOf("https://evil.example")) : undefined;
    };
    expect(await refused(world)).toMatchObject({ code: "discovery_failed", detail: "issuer" });
  });

  it("is not the RFC 8414 document when the server is merely busy", async () => {
    const world = await arrange();
    world.server.intercept = at(OPENID, () => new Response(null, { status: 503 }));
    expect(await refused(world)).toMatchObject({ code: "discovery_failed", detail: "503", retryable: true });
    expect(world.asked()).toEqual([OPENID]);
  });
});

describe("a document that cannot be used is discovery_failed", () => {
  it.each<[string, () => Response, RegExp, RegExp]>([
    [
      "it is of another issuer, by its name",
      () => Response.json(metadataOf("http://127.0.0.1:4711")),
      /is of another issuer: http:\/\/127\.0\.0\.1:4711$/,
      /write the issuer exactly so/,
    ],
    [
      "there is none",
      () => new Response("Not found", { status: 404 }),
      /^There is no discovery document for https:\/\/id\.example\/\.$/,
      /Check the issuer's address/,
    ],
    [
      "it is a web page",
      () => new Response("<html>", { headers: { "content-type": "text/html; charset=utf-8" } }),
      /answered with text\/html; charset=utf-8 \(status 200\), not with JSON/,
      /Check the issuer's address/,
    ],
    [
      "it is elsewhere",
      () => Response.redirect("https://www.id.example/metadata", 301),
      /was redirected \(301\) to https:\/\/www\.id\.example\/metadata$/,
      /Write the issuer as the server calls itself/,
    ],
  ])("which says that %s", async (_, answer, message, hint) => {
    const world = await arrange();
    world.server.intercept = ({ path }) => (path.includes("/.well-known/") ? answer() : undefined);
    const error = await refused(world);
    expect(error).toMatchObject({ code: "discovery_failed", retryable: false });
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
  });

  it.each([
    ["https://id.example/", "https://id.example"],
    ["https://id.example", "https://id.example/"],
    ["https://id.example/realm", "https://id.example/realm/"],
    ["HTTPS://id.example", "https://id.example"],
    ["https://id.example:443", "https://id.example"],
  ])("which says that %s is not %s, before a browser opens, and what to write", async (written, name) => {
    const world = await arrange({}, () => ({ issuer: written }));
    world.server.intercept = ({ path }) =>
      path.includes("/.well-known/") ? Response.json(metadataOf(name)) : undefined;
    const error = await refused(world);
    expect(error).toMatchObject({ code: "discovery_failed", detail: "issuer", retryable: false });
    expect(error.hint).toContain(`"${name}"`);
    expect(world.ports.opened).toEqual([]);
  });

  it.each(["https://id.example", "https://id.example/"])(
    "but an issuer that is given as a URL may be %s: nobody wrote the slash",
    async (name) => {
      const world = await arrange({}, () => ({ issuer: new URL("https://id.example") }));
      world.server.intercept = ({ path }) =>
        path.includes("/.well-known/") ? Response.json(metadataOf(name)) : undefined;
      await world.client.signIn().catch(() => {});
      expect(world.ports.opened).toHaveLength(1);
      await world.client.close();
    },
  );

  const ANOTHER = /write the issuer exactly so/;
  it.each<[string, () => Response, boolean, RegExp?]>([
    ["of another issuer", () => Response.json(metadataOf("https://evil.example")), false, ANOTHER],
    [
      "of an issuer on another port",
      () => Response.json(metadataOf("https://id.example:444")),
      false,
      ANOTHER,
    ],
    [
      "of an issuer with another path",
      () => Response.json(metadataOf("https://id.example/other")),
      false,
      ANOTHER,
    ],
    ["without an issuer", () => Response.json({ ...metadataOf("x"), issuer: undefined }), false],
    ["with an issuer that is a number", () => Response.json({ ...metadataOf("x"), issuer: 7 }), false],
    ["that is HTML", () => new Response("<html>"), false],
    ["that is empty", () => new Response(null), false],
    ["that is a list", () => Response.json([]), false],
    ["with more than a megabyte", () => new Response("x".repeat(2_000_000)), false],
    ["with status 403", () => new Response(null, { status: 403 }), false],
    [
      "behind a redirect",
      () => Response.redirect("https://evil.example/metadata", 302),
      false,
      /calls itself/,
    ],
    ["with status 429", () => new Response(null, { status: 429 }), true, /try again later/],
    ["with status 500", () => new Response("<html>", { status: 500 }), true, /try again later/],
  ])("%s", async (_, answer, retryable, hint = /Check the issuer's address/) => {
    const world = await arrange();
    world.server.intercept = at(OPENID, answer);
    const error = await refused(world);
    expect(error).toMatchObject({ code: "discovery_failed", retryable });
    expect(error.message).toMatch(/discovery document of https:\/\/id\.example\/|id\.example sent/);
    expect(error.hint).toMatch(hint);
  });

  it.each([
    ["ENOTFOUND", /network connection and the issuer's address/],
    ["ERR_SSL_WRONG_VERSION_NUMBER", /Check the port: .* does not speak https/],
  ])("when the server cannot be reached, with the system's code and what to do: %s", async (code, hint) => {
    const world = await arrange();
    world.server.intercept = at(OPENID, () => {
      throw new TypeError("fetch failed", { cause: Object.assign(new Error("x"), { code }) });
    });
    expect(await refused(world)).toMatchObject({
      code: "discovery_failed",
      detail: code,
      retryable: true,
      hint: expect.stringMatching(hint) as string,
    });
  });

  it("when the server does not answer within requestTimeoutMs", async () => {
    const world = await arrange({}, (issuer) => ({ issuer, requestTimeoutMs: 5_000 }));
    let heard = (): void => {};
    const asked = new Promise<void>((resolve) => (heard = resolve));
    world.server.intercept = at(OPENID, () => {
      heard();
      return new Promise<Response>(() => {});
    });
    const failed = refused(world);
    await asked;
    await world.clock.advance(4_999);
    expect(world.client.getState().status).toBe("awaiting-callback");
    await world.clock.advance(1);
    expect(await failed).toMatchObject({ code: "discovery_failed", detail: "timeout", retryable: true });
  });

  it.each(["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"])(
    "when its %s is not a URL",
    async (name) => {
      for (const value of ["/relative", "", 7, null]) {
        const world = await arrange({ metadata: { [name]: value } });
        expect(await refused(world)).toMatchObject({
          code: "discovery_failed",
          detail: name,
          hint: expect.stringContaining('"server"') as unknown,
        });
      }
    },
  );
});

describe("each endpoint is judged by itself", () => {
  const endpoints = ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"];

  it.each(endpoints)(
    "%s with http on another host is refused as insecure_endpoint, by name",
    async (name) => {
      for (const url of [
        "http://id.example/x",
        "http://127.0.0.1.example/x",
        "http://192.0.2.1/x",
        "ftp://id.example/x",
      ]) {
        const error = await refused(await arrange({ metadata: { [name]: url } }));
        expect(error).toMatchObject({ code: "insecure_endpoint", detail: name, retryable: false });
        expect(error.message).toContain(name);
        const given = refusedAtOnce((issuer) => ({ server: metadataOf(issuer, { [name]: url }) }));
        expect(await given).toMatchObject({ code: "insecure_endpoint", detail: name });
      }
    },
  );

  it.each(["http://127.0.0.1:9000", "http://[::1]:9000", "http://localhost:9000"])(
    "%s is taken throughout: it does not leave this machine",
    async (issuer) => {
      const { client } = await arrange({ issuer });
      expect((await client.signIn()).subject).toBe("ada");
      await client.close();
    },
  );
});

describe("a server that cannot do what is always done is unsupported_by_server", () => {
  it.each<[string, object, string]>([
    ["no authorization endpoint", { authorization_endpoint: undefined }, "authorization_endpoint"],
    ["no token endpoint", { token_endpoint: undefined }, "token_endpoint"],
    [
      "PKCE with plain only",
      { code_challenge_methods_supported: ["plain"] },
      "code_challenge_methods_supported",
    ],
    [
      "an empty list of PKCE methods",
      { code_challenge_methods_supported: [] },
      "code_challenge_methods_supported",
    ],
    ["implicit flow only", { response_types_supported: ["token", "id_token"] }, "response_types_supported"],
    ["hybrid flow only", { response_types_supported: ["code id_token"] }, "response_types_supported"],
    ["no keys, with openid", { jwks_uri: undefined }, "jwks_uri"],
  ])("%s", async (_, metadata, detail) => {
    const error = await refused(await arrange({ metadata: metadata as Record<string, unknown> }));
    expect(error).toMatchObject({ code: "unsupported_by_server", detail, retryable: false });
    const given = refusedAtOnce((issuer) => ({ server: metadataOf(issuer, metadata) }));
    expect(await given).toMatchObject({ code: "unsupported_by_server", detail });
  });

  it("while one that does not say which PKCE methods it knows is tried, with S256", async () => {
    const { client, ports } = await arrange({ metadata: { code_challenge_methods_supported: undefined } });
    await client.signIn();
    expect(new URL(ports.opened[0]!).searchParams.get("code_challenge_method")).toBe("S256");
    await client.close();
  });
});

describe("metadata the caller gives", () => {
  it("needs no discovery", async () => {
    const { client, asked } = await arrange({}, (issuer) => ({ server: metadataOf(issuer) }));
    expect((await client.signIn()).subject).toBe("ada");
    expect(asked()).toEqual([]);
    await client.close();
  });

  it("decides where everything goes", async () => {
    const { client, ports, server } = await arrange({}, (issuer) => ({
      server: metadataOf(issuer, { authorization_endpoint: "https://login.example/start?tenant=a" }),
    }));
    await client.signIn();
    const url = new URL(ports.opened[0]!);
    expect(url.origin + url.pathname).toBe("https://login.example/start");
    expect(url.searchParams.get("tenant")).toBe("a");
    expect(server.requests.map(({ path }) => path)).toEqual(["/token", "/jwks"]);
    await client.close();
  });
});

describe("what was found", () => {
  it("is kept for an hour, and looked for again after it", async () => {
    const { client, clock, asked } = await arrange();
    await client.signIn({ scope: "openid" });
    clock.sleep(3_599_000);
    await client.userInfo();
    expect(asked()).toHaveLength(1);
    clock.sleep(1_000);
    await client.signOut({ browser: false });
    expect(asked()).toHaveLength(2);
    await client.close();
  });

  it("is kept through the hour by the wall clock, a sleep included", async () => {
    const { client, clock, asked } = await arrange();
    await client.signIn();
    clock.sleep(3_600_000);
    await client.signOut({ browser: false });
    expect(asked()).toHaveLength(2);
    await client.close();
  });

  it("is looked for anew at each sign-in: the server may have corrected what was wrong", async () => {
    const { client, server, asked } = await arrange();
    server.intercept = at(OPENID, () =>
      Response.json(metadataOf("https://id.example", { jwks_uri: undefined })),
    );
    await expect(client.signIn()).rejects.toMatchObject({ code: "unsupported_by_server" });
    server.intercept = undefined;
    expect((await client.signIn()).subject).toBe("ada");
    expect(asked()).toHaveLength(2);
    await client.close();
  });

  it("is shared with userInfo", async () => {
    const { client, asked } = await arrange();
    await client.signIn();
    await client.userInfo();
    expect(asked()).toHaveLength(1);
    await client.close();
  });

  it("is not kept when it was a failure", async () => {
    for (const answer of [
      () => new Response(null, { status: 503 }),
      () => new Response("<html>"),
      () => Response.json(metadataOf("https://id.example", { token_endpoint: "http://evil.example" })),
    ]) {
      const { client, server, asked } = await arrange();
      server.intercept = at(OPENID, answer);
      await expect(client.signIn()).rejects.toBeInstanceOf(AuthError);
      server.intercept = undefined;
      expect((await client.signIn()).subject).toBe("ada");
      expect(asked().filter((path) => path === OPENID)).toHaveLength(2);
      await client.close();
    }
  });
});

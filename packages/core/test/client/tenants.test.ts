// Many tenants behind one issuer, and metadata that is elsewhere: who may have issued an ID token.
import { describe, expect, it } from "vitest";
import type { AuthConfig } from "../../src/index.js";
import {
  arrange,
  codeOf,
  degradedOf,
  errorOf,
  refreshes,
  restarted,
  signedIn,
  type World,
} from "../support/world.js";

const ISSUER = "https://id.example/{tenantid}/v2.0";
const A = "https://id.example/tenant-a/v2.0";
const B = "https://id.example/tenant-b/v2.0";
const DOCUMENT = "/common/v2.0/.well-known/openid-configuration";

const config: Partial<AuthConfig> = {
  issuer: ISSUER,
  metadataUrl: `https://id.example${DOCUMENT}`,
  idTokenIssuer: "https://id.example/{tid}/v2.0",
};

const options = (metadata: object = {}) => ({
  serverOptions: {
    metadataPath: DOCUMENT,
    metadata: { issuer: ISSUER, authorization_response_iss_parameter_supported: undefined, ...metadata },
  },
});

function signInAt(
  world: Pick<World, "server">,
  tid: unknown,
  iss: unknown = `https://id.example/${String(tid)}/v2.0`,
) {
  world.server.idTokenClaims = { tid, iss };
}

/** The fake names itself in each redirect; this server names nobody. */
async function tenants(more: Partial<AuthConfig> = {}, metadata: object = {}, iss?: string): Promise<World> {
  const world = await arrange(
    {
      ...options(metadata),
      person: (url, { listener, server }) => {
        const back = new URL(server.authorize(url));
        if (iss === undefined) back.searchParams.delete("iss");
        else back.searchParams.set("iss", iss);
        void listener.visit(back.href);
      },
    },
    { ...config, ...more },
  );
  signInAt(world, "tenant-a");
  return world;
}

describe("an issuer with claims in it", () => {
  it("takes the ID token of a tenant, and keeps the tenant's issuer with the session", async () => {
    const world = await tenants();
    await world.client.signIn();
    expect(JSON.parse(world.store.record!)).toMatchObject({ idTokenIssuer: A });
    await world.client.getAccessToken({ forceRefresh: true });
    expect(degradedOf(world.client.getState())).toBeUndefined();
    expect(world.server.violations).toEqual([]);
  });

  it.each<[string, unknown, unknown]>([
    ["an issuer that is another claim's", "tenant-a", B],
    ["no such claim", undefined, A],
    ["a claim that is a path", "tenant-a/../tenant-b", "https://id.example/tenant-a/../tenant-b/v2.0"],
    ["a claim that is no text", ["tenant-a"], A],
    ["another host", "tenant-a", "https://evil.example/tenant-a/v2.0"],
    ["the issuer of the metadata, as it is written", "{tenantid}", ISSUER],
  ])("refuses an ID token with %s", async (_, tid, iss) => {
    const world = await tenants();
    signInAt(world, tid, iss);
    expect(await errorOf(world.client.signIn())).toMatchObject({ code: "id_token_invalid", detail: "iss" });
    expect(world.store.record).toBeNull();
  });

  it("takes the tenants of a list, and no other", async () => {
    const world = await tenants({ idTokenIssuer: [B] });
    expect(await codeOf(world.client.signIn())).toBe("id_token_invalid");
    signInAt(world, "tenant-b");
    await world.client.signIn();
  });

  it("refuses another tenant's person of the same sub at a refresh", async () => {
    const world = await tenants();
    await world.client.signIn();
    signInAt(world, "tenant-b");
    expect(await codeOf(world.client.getAccessToken({ forceRefresh: true }))).toBe("temporarily_unavailable");
    expect(degradedOf(world.client.getState())).toMatchObject({ code: "id_token_invalid", detail: "iss" });
    expect(JSON.parse(world.store.record!)).toMatchObject({ idTokenIssuer: A, subjectInDoubt: true });
  });

  it("refuses another tenant's person of the same sub at a step-up", async () => {
    const world = await tenants();
    await world.client.signIn();
    signInAt(world, "tenant-b");
    expect(await codeOf(world.client.signIn({ maxAge: 0 }))).toBe("account_changed");
    expect(JSON.parse(world.store.record!)).toMatchObject({ idTokenIssuer: A });
  });

  it("refuses another tenant's person of the same sub in the record of another process", async () => {
    const world = await tenants();
    await world.client.signIn();
    const record = JSON.parse(world.store.record!) as object;
    await world.store.save(
      JSON.stringify({ ...record, idTokenIssuer: B, generation: 9, sessionId: "other" }),
    );
    expect(await codeOf(world.client.getAccessToken({ forceRefresh: true }))).toBe("account_changed");
    expect(refreshes(world)).toEqual([]);
  });

  it("takes a redirect that names the tenant, whose ID token it must be then", async () => {
    const world = await tenants({}, {}, A);
    await world.client.signIn();
    signInAt(world, "tenant-b");
    expect(await codeOf(world.client.signIn())).toBe("id_token_invalid");
    const other = await tenants({}, {}, "https://evil.example/tenant-a/v2.0");
    expect(await errorOf(other.client.signIn())).toMatchObject({ code: "invalid_response", detail: "iss" });
  });

  it("takes a redirect that names the server, which says nothing of tenants", async () => {
    const world = await tenants({}, {}, ISSUER);
    await world.client.signIn();
    expect(JSON.parse(world.store.record!)).toMatchObject({ idTokenIssuer: A });
  });

  it("is the same after a start", async () => {
    const first = await tenants();
    await first.client.signIn();
    const world = await restarted(first, config);
    signInAt(world, "tenant-b");
    expect(await codeOf(world.client.getAccessToken())).toBe("temporarily_unavailable");
  });
});

describe("metadata that is elsewhere", () => {
  const metadataUrl = "https://id.example/somewhere?p=policy";

  it("is asked for there alone", async () => {
    const world = await signedIn({ serverOptions: { metadataPath: "/somewhere" } }, { metadataUrl });
    const documents = world.server.requests.filter(
      ({ method, path }) => method === "GET" && path !== "/jwks",
    );
    expect(documents.map(({ url }) => url.href)).toEqual([metadataUrl]);
  });

  it("of another issuer is refused: a swapped document names no endpoint", async () => {
    const metadata = { issuer: "https://evil.example", token_endpoint: "https://evil.example/token" };
    const { client, server, ports } = await arrange(
      { serverOptions: { metadataPath: "/somewhere", metadata } },
      { metadataUrl },
    );
    expect(await errorOf(client.signIn())).toMatchObject({ code: "discovery_failed", detail: "issuer" });
    expect(ports.opened).toEqual([]);
    expect(server.requests.filter(({ method }) => method === "POST")).toEqual([]);
  });

  it("of an issuer that differs in a slash is refused too: it is compared as written", async () => {
    const world = {
      serverOptions: { metadataPath: "/somewhere", metadata: { issuer: "https://id.example/" } },
    };
    const { client } = await arrange(world, { metadataUrl });
    expect(await errorOf(client.signIn())).toMatchObject({ code: "discovery_failed", detail: "issuer" });
  });

  it("that is not there, or has moved, is not looked for elsewhere", async () => {
    const { client, server } = await arrange({}, { metadataUrl });
    expect(await errorOf(client.signIn())).toMatchObject({ code: "discovery_failed", detail: "404" });
    expect(server.requests.map(({ path }) => path)).toEqual(["/somewhere"]);
    server.intercept = () =>
      new Response(null, { status: 302, headers: { location: "https://evil.example/m" } });
    expect(await errorOf(client.signIn())).toMatchObject({ code: "discovery_failed", detail: "302" });
    expect(server.elsewhere).toEqual([]);
  });
});

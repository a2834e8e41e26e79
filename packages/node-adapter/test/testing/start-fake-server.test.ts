import { connect } from "node:net";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { startFakeServer } from "../../src/testing/index.js";
import { hasIPv6 } from "../support/raw-client.js";

const ipv6 = await hasIPv6();
const METADATA = "/.well-known/openid-configuration";

describe("the fake server on real sockets", () => {
  it.for(["127.0.0.1", "::1"] as const)("is its own issuer, on %s", async (host, ctx) => {
    ctx.skip(host === "::1" && !ipv6, "this machine has no IPv6 loopback");
    await using server = await startFakeServer({ host });
    const metadata = await (await fetch(`${server.issuer}${METADATA}`)).json();
    expect(new URL(server.issuer).hostname).toBe(host === "::1" ? "[::1]" : host);
    expect(metadata).toMatchObject({
      issuer: server.issuer,
      token_endpoint: expect.stringContaining(server.issuer),
    });
  });

  it("notes a request as it came: method, headers, form", async () => {
    await using server = await startFakeServer();
    const body = new URLSearchParams({ grant_type: "refresh_token", refresh_token: "é&=" });
    await fetch(`${server.issuer}/oauth/token`, { method: "POST", body, headers: { "x-own": "value" } });
    const [seen] = server.requests;
    expect(seen).toMatchObject({ method: "POST", path: "/oauth/token" });
    expect(seen?.body.get("refresh_token")).toBe("é&=");
    expect(seen?.headers.get("x-own")).toBe("value");
  });

  it("has a second origin that is not the server's: what reaches it is elsewhere", async () => {
    await using server = await startFakeServer();
    await fetch(`${server.elsewhereOrigin}/gone`);
    expect(server.elsewhere.map(({ url }) => url.pathname)).toEqual(["/gone"]);
  });

  it("leads there where a fault is a redirect to another origin", async () => {
    await using server = await startFakeServer();
    server.fault = "discovery-redirect-302";
    await fetch(`${server.issuer}${METADATA}`);
    expect(server.elsewhere.map(({ url }) => url.pathname)).toEqual(["/discovery"]);
  });

  it("resets the connection where a fault says so", async () => {
    await using server = await startFakeServer();
    server.fault = "discovery-reset";
    await expect(fetch(`${server.issuer}${METADATA}`)).rejects.toMatchObject({
      cause: { code: "ECONNRESET" },
    });
    expect(server.faultsApplied).toContain("discovery-reset");
  });

  it("breaks off in the middle of a body where a fault says so", async () => {
    await using server = await startFakeServer();
    server.fault = "discovery-reset-in-body";
    const response = await fetch(`${server.issuer}${METADATA}`);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow("terminated");
  });

  it("is gone with close(), and with it a connection that somebody holds", async () => {
    const server = await startFakeServer();
    const { port } = new URL(server.issuer);
    const held = connect(Number(port), "127.0.0.1");
    await once(held, "connect");
    const ended = once(held, "close");
    held.on("error", () => {});
    await server.close();
    await ended;
    await expect(fetch(server.issuer)).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
  });
});

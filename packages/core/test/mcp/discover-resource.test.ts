// From an MCP server's address to its authorization server: what is believed, and what is not (RFC 9728).
import { describe, expect, it } from "vitest";
import { discoverResource } from "../../src/mcp-entry.js";
import { BESIDE, createMcpWorld, GOOD, MCP, ROOT } from "./world.js";

const NAMED = "https://meta.example/of-notes";
const naming = (url: string): string =>
  `Bearer error="invalid_token", resource_metadata="${url}", scope="notes:read"`;

describe("where the metadata is", () => {
  it("is what the 401 names, and no other place is asked then", async () => {
    const documents = {
      [NAMED]: { ...GOOD, scopes_supported: ["notes:read", "notes:write"], resource_name: "Notes" },
    };
    const { ports, asked } = await createMcpWorld({ challenge: naming(NAMED), documents });
    expect(await discoverResource(MCP, ports)).toEqual({
      resource: MCP,
      authorizationServers: ["https://id.example"],
      scope: ["notes:read"],
      name: "Notes",
    });
    expect(asked).toEqual([MCP, NAMED]);
  });

  it("is beside the path where the 401 names none; the scope is all that is supported", async () => {
    const beside = "https://mcp.example/.well-known/oauth-protected-resource/notes/mcp";
    const documents = { [beside]: { ...GOOD, scopes_supported: ["a", "b"] } };
    const { ports, asked } = await createMcpWorld({ documents });
    expect((await discoverResource(MCP, ports)).scope).toEqual(["a", "b"]);
    expect(asked).toEqual([MCP, beside]);
  });

  it("is the host's in the end, and then it is about the host", async () => {
    const { ports } = await createMcpWorld({
      documents: { [ROOT]: { ...GOOD, resource: "https://mcp.example" } },
    });
    expect((await discoverResource(MCP, ports)).resource).toBe("https://mcp.example");
  });

  it("is the host's in the end, and may be about this very address", async () => {
    const { ports } = await createMcpWorld({ documents: { [ROOT]: GOOD } });
    expect((await discoverResource(MCP, ports)).resource).toBe(MCP);
  });

  it.each<[string, () => Response]>([
    ["a page for everything", () => new Response("<p>Hello", { headers: { "content-type": "text/html" } })],
    [
      "a page that is called JSON",
      () => new Response("<p>", { headers: { "content-type": "application/json" } }),
    ],
    ["JSON that is no document", () => Response.json({ error: "not found" })],
    ["a list", () => Response.json([])],
    ["401", () => new Response(null, { status: 401 })],
    ["403", () => Response.json({ message: "Forbidden" }, { status: 403 })],
    ["a redirect", () => Response.redirect("https://mcp.example/login", 302)],
  ])("is the host's where %s is beside the path", async (_, answer) => {
    const documents = { [BESIDE]: answer(), [ROOT]: { ...GOOD, resource: "https://mcp.example" } };
    const { ports } = await createMcpWorld({ documents });
    expect((await discoverResource(MCP, ports)).resource).toBe("https://mcp.example");
  });

  it("is not the host's where a document of another resource is beside the path", async () => {
    const documents = {
      [BESIDE]: { ...GOOD, resource: "https://mcp.example/other" },
      [ROOT]: { ...GOOD, resource: "https://mcp.example" },
    };
    const { ports, asked } = await createMcpWorld({ documents });
    await expect(discoverResource(MCP, ports)).rejects.toMatchObject({
      code: "discovery_failed",
      detail: "resource",
    });
    expect(asked).not.toContain(ROOT);
  });

  it("is not asked for again where the app has the 401 already", async () => {
    const { ports, asked } = await createMcpWorld({ documents: { [NAMED]: GOOD } });
    const unauthorized = new Response(null, { status: 401, headers: { "www-authenticate": naming(NAMED) } });
    await discoverResource(MCP, ports, { unauthorized });
    expect(asked).toEqual([NAMED]);
  });

  it("is nowhere: all places are named", async () => {
    const { ports } = await createMcpWorld({ documents: {} });
    await expect(discoverResource(MCP, ports)).rejects.toMatchObject({
      code: "discovery_failed",
      message: expect.stringMatching(
        /oauth-protected-resource\/notes\/mcp \(404\), .*oauth-protected-resource \(404\)/,
      ),
    });
  });

  it("does not wait for the end of a stream", async () => {
    const endless = new Response(
      new ReadableStream({ start: (stream) => stream.enqueue(new Uint8Array(1)) }),
    );
    const beside = "https://mcp.example/.well-known/oauth-protected-resource/notes/mcp";
    const { ports } = await createMcpWorld({ documents: { [beside]: GOOD, [MCP]: endless } });
    expect((await discoverResource(MCP, ports)).resource).toBe(MCP);
  });
});

describe("what is not believed", () => {
  const other = "https://other.example/mcp";
  it.each([
    ["metadata of another server", { ...GOOD, resource: other }],
    ["metadata of another path of the host", { ...GOOD, resource: "https://mcp.example/other" }],
    [
      "metadata of the host, where the 401 said that it is of this address",
      { ...GOOD, resource: "https://mcp.example" },
    ],
    ["metadata without a resource", { authorization_servers: ["https://id.example"] }],
    ["metadata without an authorization server", { resource: MCP }],
    ["an empty list of them", { resource: MCP, authorization_servers: [] }],
    ["a list of something else", { resource: MCP, authorization_servers: ["id.example", 1] }],
    ["a redirect", Response.redirect("https://elsewhere.example/", 302)],
    ["HTML", new Response("<p>Hello", { headers: { "content-type": "text/html" } })],
  ])("%s", async (_, document) => {
    const { ports, asked } = await createMcpWorld({
      challenge: naming(NAMED),
      documents: { [NAMED]: document },
    });
    await expect(discoverResource(MCP, ports)).rejects.toMatchObject({ code: "discovery_failed" });
    expect(asked).toEqual([MCP, NAMED]);
  });

  it.each([
    ["another host", other],
    ["another path of it", "https://mcp.example/other"],
    ["this address with a slash more", `${MCP}/`],
  ])("the host's document about %s", async (_, resource) => {
    const { ports } = await createMcpWorld({ documents: { [ROOT]: { ...GOOD, resource } } });
    await expect(discoverResource(MCP, ports)).rejects.toMatchObject({
      code: "discovery_failed",
      detail: "resource",
    });
  });

  it.each([
    "http://meta.example/of-notes",
    "http://127.0.0.1:8080/of-notes",
    "https://a:b@meta.example/of-notes",
  ])("an address of the metadata like %s: nothing is sent there", async (address) => {
    const { ports, asked } = await createMcpWorld({ challenge: naming(address) });
    await expect(discoverResource(MCP, ports)).rejects.toMatchObject({ code: "insecure_endpoint" });
    expect(asked).toEqual([MCP]);
  });

  it.each(["http://id.example", "http://127.0.0.1:8080"])("an issuer like %s", async (issuer) => {
    const documents = { [NAMED]: { ...GOOD, authorization_servers: ["https://id.example", issuer] } };
    const { ports } = await createMcpWorld({ challenge: naming(NAMED), documents });
    await expect(discoverResource(MCP, ports)).rejects.toMatchObject({ code: "insecure_endpoint" });
  });

  it("an address that is none, is not https, or has more than it should", async () => {
    const { ports, asked } = await createMcpWorld();
    await expect(discoverResource("mcp.example", ports)).rejects.toMatchObject({ code: "invalid_config" });
    await expect(discoverResource(`${MCP}#x`, ports)).rejects.toMatchObject({ code: "invalid_config" });
    await expect(discoverResource("http://mcp.example/mcp", ports)).rejects.toMatchObject({
      code: "insecure_endpoint",
    });
    expect(asked).toEqual([]);
  });
});

it("is called off by its signal", async () => {
  const { ports } = await createMcpWorld();
  const signal = AbortSignal.abort();
  await expect(discoverResource(MCP, ports, { signal })).rejects.toMatchObject({ code: "cancelled" });
});

it("ends when the server does not answer in time", async () => {
  const { ports } = await createMcpWorld();
  const never: typeof fetch = (_, init) =>
    new Promise((_resolve, reject) =>
      init!.signal!.addEventListener("abort", () => reject(new Error("aborted"))),
    );
  const found = discoverResource(MCP, { ...ports, fetch: never }, { requestTimeoutMs: 5000 });
  const failed = expect(found).rejects.toMatchObject({ code: "temporarily_unavailable", detail: "timeout" });
  await ports.clock.advance(5001);
  await failed;
});

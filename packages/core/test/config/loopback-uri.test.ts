import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseLoopbackUri, type LoopbackUri } from "../../src/index.js";

/** The parsed URI, or undefined where it is refused, which must be with a TypeError. */
function parse(uri: string): LoopbackUri | undefined {
  try {
    return parseLoopbackUri(uri);
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(/Write ".*" instead\.$/s);
    return undefined;
  }
}

describe("parseLoopbackUri", () => {
  it.each([
    ["http://127.0.0.1/callback", "127.0.0.1", undefined, "/callback"],
    ["http://[::1]/callback", "[::1]", undefined, "/callback"],
    ["http://localhost/callback", "localhost", undefined, "/callback"],
    ["http://127.0.0.1:8400/callback", "127.0.0.1", 8400, "/callback"],
    ["http://[::1]:8400/a/b", "[::1]", 8400, "/a/b"],
    ["http://localhost:65535/", "localhost", 65_535, "/"],
    ["http://127.0.0.1", "127.0.0.1", undefined, "/"],
    ["http://127.0.0.1/callback?tenant=a", "127.0.0.1", undefined, "/callback"],
  ])("reads %s", (uri, host, port, path) => {
    expect(parseLoopbackUri(uri)).toMatchObject({ uri, host, path, ...(port === undefined ? {} : { port }) });
    expect("port" in parseLoopbackUri(uri)).toBe(port !== undefined);
  });

  it("keeps an explicit :80 as that fixed port, though URL drops it", () => {
    const fixed = parseLoopbackUri("http://127.0.0.1:80/callback");
    expect(fixed.port).toBe(80);
    expect(fixed.withPort(50_000)).toBe("http://127.0.0.1:80/callback");
  });

  it("puts the port in where none is registered, and changes nothing else", () => {
    const with50000 = (uri: string) => parseLoopbackUri(uri).withPort(50_000);
    expect(with50000("http://127.0.0.1/callback?a=1&b=%20")).toBe(
      "http://127.0.0.1:50000/callback?a=1&b=%20",
    );
    expect(with50000("http://[::1]/callback")).toBe("http://[::1]:50000/callback");
    expect(with50000("http://localhost")).toBe("http://localhost:50000");
  });

  it("refuses what is not one of the three hosts, however it is written", () => {
    for (const uri of [
      "http://127.0.0.1.example/",
      "http://localhost.example/",
      "http://localhost./",
      "http://2130706433/",
      "http://0x7f.1/",
      "http://[::ffff:127.0.0.1]/",
      "http://127.0.0.1:80@evil.example/",
      "http://evil.example\\@127.0.0.1/",
      "http:127.0.0.1/",
      "http:///127.0.0.1/",
      " http://127.0.0.1/",
      "http://127.0.0.1:65536/",
      "http://127.0.0.1:-1/",
    ])
      expect(parse(uri), uri).toBeUndefined();
  });
});

describe("for any text, parseLoopbackUri", () => {
  const hosts = ["127.0.0.1", "[::1]", "localhost"];
  const host = fc.constantFrom(...hosts, ...hosts, "127.0.0.2", "LOCALHOST", "a.example");
  const nearly = fc
    .tuple(
      fc.constantFrom("http://", "http://", "http://", "https://", "HTTP://", "http:/"),
      fc.constantFrom("", "", "", "", "", "u@", "u:p@"),
      host,
      fc.oneof(
        fc.constant(""),
        fc.integer({ min: 0, max: 70_000 }).map((port) => `:${port}`),
      ),
      fc.oneof(fc.webPath(), fc.constantFrom("", "/", "/callback", "/a/../b"), fc.string()),
      fc.oneof(
        fc.constant(""),
        fc.webQueryParameters().map((query) => `?${query}`),
        fc.string(),
      ),
    )
    .map((parts) => parts.join(""));
  const anyText = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.webUrl(), nearly, nearly, nearly);
  const ports = fc.integer({ min: 1, max: 65_535 });

  it("throws a TypeError, or gives one of the three hosts and a URI that differs by the port alone", () => {
    let taken = 0;
    fc.assert(
      fc.property(anyText, ports, (text, port) => {
        const parsed = parse(text);
        if (!parsed) return;
        taken++;
        expect(["127.0.0.1", "[::1]", "localhost"]).toContain(parsed.host);
        expect(parsed.uri).toBe(text);
        const prefix = `http://${parsed.host}`;
        const bound = parsed.withPort(port);
        if (parsed.port === undefined) {
          expect(bound).toBe(`${prefix}:${port}${text.slice(prefix.length)}`);
        } else {
          expect(bound).toBe(text);
          expect(parsed.port).toBeGreaterThan(0);
        }
        const [before, after] = [new URL(text), new URL(bound)];
        expect(after.hostname).toBe(parsed.host);
        expect(after.username + after.password + after.hash).toBe("");
        expect(after.pathname).toBe(parsed.path);
        if (parsed.port === undefined) before.port = String(port);
        expect(after.href).toBe(before.href);
      }),
      { numRuns: 2_000, seed: 8252 },
    );
    // Else the property would hold for a parser that refuses everything.
    expect(taken).toBeGreaterThan(50);
  });
});

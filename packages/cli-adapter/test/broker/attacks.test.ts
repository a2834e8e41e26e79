// What other programs of the machine, web pages, and the program itself may try with the broker, byte by byte.
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { get, start, startApi, statusOf, TOKEN, type Running } from "./support.js";

const arrange = async (path = "") => {
  const api = await startApi();
  return { api, ...(await start([`${api.origin}${path}`])) };
};

const line = ({ base }: Running, target: string, headers: readonly string[] = []): string =>
  `${[`GET ${target} HTTP/1.1`, `Host: ${base.host}`, "Connection: close", ...headers].join("\r\n")}\r\n\r\n`;

describe("a request without the secret of this run", () => {
  it.each(["/", "/notes", `/${"a".repeat(43)}/notes`, `/${"a".repeat(43)}`])("gets 404: %s", async (path) => {
    const world = await arrange();
    expect(statusOf(await world.raw(line(world, path)))).toBe(404);
    expect(world.api.seen).toEqual([]);
    expect(JSON.stringify(world.audit)).not.toContain("aaaa");
  });

  it("has a new one for each run and origin, of 256 bits", async () => {
    const [one, other] = [await arrange(), await arrange()];
    expect(one.base.pathname).toMatch(/^\/[\w-]{43}$/);
    expect(one.base.pathname).not.toBe(other.base.pathname);
  });
});

describe("a web page that has got at the secret", () => {
  it.each([
    ["a rebound name", ["Host: evil.example"], 400],
    ["another address of this machine", ["Host: 192.168.1.2:80"], 400],
    ["no Host", [], 400],
    ["two Hosts", ["Host: 127.0.0.1", "Host: 127.0.0.1"], 400],
    ["an Origin", ["Host: 127.0.0.1", "Origin: https://evil.example"], 403],
    ["an Origin that is null", ["Host: 127.0.0.1", "Origin: null"], 403],
    ["an Origin of loopback", ["Host: 127.0.0.1", "Origin: http://localhost:3000"], 403],
    ["a form of another site", ["Host: 127.0.0.1", "Sec-Fetch-Site: cross-site"], 403],
    ["another port of localhost", ["Host: 127.0.0.1", "Sec-Fetch-Site: same-site"], 403],
  ])("is refused by %s", async (_, headers, status) => {
    const world = await arrange();
    const text = [`GET ${world.base.pathname}/notes HTTP/1.1`, "Connection: close", ...headers, "", ""];
    expect(statusOf(await world.raw(text.join("\r\n")))).toBe(status);
    expect(world.api.seen).toEqual([]);
  });

  it("while a Host of loopback at another port is the far end of a tunnel, and taken", async () => {
    const world = await arrange();
    const text = `GET ${world.base.pathname}/notes HTTP/1.1\r\nHost: localhost:9\r\nConnection: close\r\n\r\n`;
    expect(statusOf(await world.raw(text))).toBe(200);
  });
});

describe("a path that servers read in different ways gets 400", () => {
  it.each([
    "//notes",
    "/a//b",
    "/a\\b",
    "/\\evil",
    "/a/%2e%2e/b",
    "/a/%2E./b",
    "/a%2fb",
    "/a%2Fb",
    "/a%5cb",
    "/a%00",
    "/a%",
    "/a%zz",
    "/../b",
    "/a/./b",
    "/a/..",
    "/a/..;x/b",
    "/a/..%3bx/b",
    "/a/..%20/b",
    "/a/.%09/b",
    "/a/%c0%ae%c0%ae/b",
    "/a%C0%AFb",
    "/a%c1%9cb",
    "/a/%u002e%u002e/b",
    "/a#b",
  ])("%s", async (path) => {
    const world = await arrange();
    expect(statusOf(await world.raw(get(world.base, path)))).toBe(400);
    expect(world.api.seen).toEqual([]);
  });

  it.each(["/a\0b", "/a b", "/ä"])("and so does a byte that no address has: %j", async (path) => {
    const world = await arrange();
    expect(statusOf(await world.raw(get(world.base, path)))).toBe(400);
    expect(world.api.seen).toEqual([]);
  });

  it("but a query may have any of them", async () => {
    const world = await arrange();
    expect(statusOf(await world.raw(get(world.base, "/a?b=//%2e%2f\\..")))).toBe(200);
    expect(world.api.seen[0]).toMatchObject({ url: "/a?b=//%2e%2f\\.." });
  });
});

describe("an absolute target", () => {
  it.each([
    "http://evil.example/notes",
    "https://127.0.0.1/notes",
    "http://127.0.0.1:1/notes",
    "ftp://x/y",
    "*",
    "http://127.0.0.1:99999/notes",
  ])("of another host gets 400: %s", async (target) => {
    const world = await arrange();
    expect(statusOf(await world.raw(line(world, target)))).toBe(400);
    expect(world.api.seen).toEqual([]);
  });

  it("of the broker itself is read as its path", async () => {
    const world = await arrange();
    const { base, api } = world;
    expect(statusOf(await world.raw(line(world, `http://${base.host}${base.pathname}/notes`)))).toBe(200);
    expect(api.seen[0]).toMatchObject({ url: "/notes" });
  });

  it("of the API gets 400 where the broker is no proxy, and CONNECT gets 403 and a sentence", async () => {
    const world = await arrange();
    expect(statusOf(await world.raw(line(world, `${world.api.origin}/notes`)))).toBe(400);
    const { host } = new URL(world.api.origin);
    const answer = await world.raw(`CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 403 [\s\S]*opens no tunnel/);
    expect(world.api.seen).toEqual([]);
  });
});

describe("a message with two ends, or none that is agreed on, gets 400", () => {
  const post = (headers: readonly string[], body = "") =>
    [`POST /SECRET/notes HTTP/1.1`, "Host: 127.0.0.1", "Connection: close", ...headers, "", body].join(
      "\r\n",
    );
  it.each([
    [
      "Content-Length before Transfer-Encoding",
      post(["Content-Length: 5", "Transfer-Encoding: chunked"], "0\r\n\r\n"),
    ],
    [
      "Transfer-Encoding before Content-Length",
      post(["Transfer-Encoding: chunked", "Content-Length: 5"], "0\r\n\r\n"),
    ],
    ["two Content-Lengths", post(["Content-Length: 1", "Content-Length: 2"], "ab")],
    ["a Content-Length with a sign", post(["Content-Length: +1"], "a")],
    ["another transfer coding", post(["Transfer-Encoding: gzip, chunked"], "0\r\n\r\n")],
    [
      "two Transfer-Encodings",
      post(["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], "0\r\n\r\n"),
    ],
    ["a folded header", post(["X-A: b", " c"])],
    ["a header folded with a tab", post(["X-A: b", "\tc"])],
    ["a space before the colon", post(["X-A : b"])],
    ["bare line feeds", "GET /SECRET/notes HTTP/1.1\nHost: 127.0.0.1\n\n"],
    ["a NUL in a header", post(["X-A: a\0b"])],
    ["another version", "GET /SECRET/notes HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n"],
    ["no request at all", "hello\r\n\r\n"],
  ])("%s", async (_, text) => {
    const world = await arrange();
    const answer = await world.raw(text.replace("/SECRET", world.base.pathname));
    expect(statusOf(answer)).toBe(400);
    expect(world.api.seen).toEqual([]);
  });
});

describe("what is allowed", () => {
  it.each([
    ["GET", "/notes/1", 200],
    ["GET", "/notes/", 200],
    ["DELETE", "/notes/1", 403],
    ["GET", "/notes", 403],
    ["GET", "/Notes/1", 403],
    ["GET", "/admin", 403],
    ["GET", "/notes/%61", 200],
    ["GET", "/%6eotes/1", 403],
    ["GET", "/notes/%252e%252e/admin", 403],
    ["GET", "/notes/%25252e%25252E/admin", 403],
    ["GET", "/notes%252fx", 403],
    ["GET", "/notes/100%25", 200],
  ])("is what the rule says: %s %s", async (method, path, status) => {
    const api = await startApi();
    const world = await start([`GET ${api.origin}/notes/*`]);
    expect(statusOf(await world.raw(get(world.base, path).replace("GET", method)))).toBe(status);
    expect(api.seen).toHaveLength(status === 200 ? 1 : 0);
  });

  it("where a rule names no path, a path may be encoded twice", async () => {
    const { api, raw, base } = await arrange();
    expect(statusOf(await raw(get(base, "/notes/a%252fb")))).toBe(200);
    expect(api.seen[0]).toMatchObject({ url: "/notes/a%252fb" });
  });

  it.each([
    "Authorization: Bearer mine",
    "DPoP: mine",
    "Cookie: a=mine",
    "Forwarded: for=mine",
    "X-Forwarded-For: mine",
    "X_Forwarded_Host: mine",
    "X-HTTP-Method-Override: mine",
    "X-Original-URL: /mine",
    "Proxy-Authorization: Basic mine",
    "TE: mine",
    "Keep-Alive: mine",
  ])("is not widened by a header of the program: %s", async (header) => {
    const { api, raw, base } = await arrange();
    expect(statusOf(await raw(get(base, "/notes", [header, "X-Kept: yes"])))).toBe(200);
    expect(JSON.stringify(api.seen[0]?.headers)).not.toContain("mine");
    expect(api.seen[0]?.headers).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      "x-kept": "yes",
      host: new URL(api.origin).host,
    });
  });

  it("and whatever Connection lists stays here", async () => {
    const { api, raw, base } = await arrange();
    const text = get(base, "/notes", ["X-Mine: mine"]).replace("close", "close, X-Mine");
    expect(statusOf(await raw(text))).toBe(200);
    expect(api.seen[0]?.headers).not.toHaveProperty("x-mine");
  });
});

it("a flood of half-sent requests does not keep the program from its own", async () => {
  const world = await arrange();
  const idle = Array.from({ length: 200 }, () => connect(Number(world.base.port), "127.0.0.1"));
  const gone = idle.map((socket) => new Promise((resolve) => socket.once("close", resolve)));
  for (const socket of idle) socket.on("error", () => {}).write("GET / HT");
  expect(statusOf(await world.raw(get(world.base, "/notes")))).toBe(200);
  await world.broker.close();
  await Promise.all(gone);
});

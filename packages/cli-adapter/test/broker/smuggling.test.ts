// Where one request ends and the next begins is the broker's word alone, on a connection to the API that requests share.
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { get, start, startApi, statusOf, TOKEN } from "./support.js";

/** An API that takes each chunk of bytes for one request, and tells what they were. */
async function startRawApi(answer: (socket: Socket) => void) {
  const seen: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      seen.push(chunk.toString("latin1"));
      answer(socket);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { seen, sockets, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const NEXT = "DELETE /admin HTTP/1.1\r\nHost: api\r\nX-Rest: ";

describe("what follows a request is none of the API's next one", () => {
  it.each([
    ["a length that Connection takes away", ["Connection: content-length, close"]],
    ["the same in other letters", ["Connection: close, CONTENT-Length"]],
  ])("by %s", async (_, headers) => {
    const api = await startApi();
    const { base, raw } = await start([`GET ${api.origin}/notes`]);
    const head = get(base, "/notes", [`Content-Length: ${NEXT.length}`, ...headers]);
    expect(statusOf(await raw(head.replace("Connection: close\r\n", "") + NEXT))).toBe(200);
    expect(statusOf(await raw(get(base, "/notes")))).toBe(200);
    expect(api.seen).toMatchObject([
      { method: "GET", url: "/notes", body: NEXT },
      { method: "GET", url: "/notes", body: "" },
    ]);
  });

  it.each(["Content-Length: 1000", "Content-Length: 5", "Transfer-Encoding: chunked"])(
    "by an upgrade with a body: %s",
    async (framing) => {
      const api = await startApi();
      const { base, raw } = await start([`GET ${api.origin}/notes`]);
      const upgrade = ["Connection: Upgrade", "Upgrade: websocket", framing];
      const head = get(base, "/notes", upgrade).replace("Connection: close\r\n", "");
      expect(statusOf(await raw(`${head}12345`))).toBe(400);
      expect(statusOf(await raw(get(base, "/notes")))).toBe(200);
      expect(api.seen).toHaveLength(1);
    },
  );

  it.each(["Content_Length: 5", "Content-Length: 0", "Transfer_Encoding: chunked"])(
    "by a length of nothing: %s",
    async (header) => {
      const api = await startApi();
      const { base, raw } = await start([api.origin]);
      expect(statusOf(await raw(get(base, "/notes", [header])))).toBe(200);
      expect(api.seen[0]?.headers).not.toHaveProperty(header.split(":")[0]!.toLowerCase().replace("-", "_"));
      expect(api.seen).toMatchObject([{ url: "/notes", body: "" }]);
    },
  );

  it("by chunks with extensions and trailers: both stay here", async () => {
    const api = await startApi();
    const { base, raw } = await start([api.origin]);
    const head = get(base, "/notes", ["Transfer-Encoding: chunked", "Trailer: X-Last"]).replace(
      "GET",
      "POST",
    );
    const body = '5;a=b;c="d"\r\nhello\r\n0;e\r\nX-Last: 1\r\nAuthorization: mine\r\n\r\n';
    expect(statusOf(await raw(head + body))).toBe(200);
    expect(api.seen).toMatchObject([{ method: "POST", body: "hello" }]);
    expect(api.seen[0]!.headers).not.toHaveProperty("trailer");
    expect(api.seen[0]!.headers["authorization"]).toBe(`Bearer ${TOKEN}`);
  });

  it("by a body that HEAD, DELETE or OPTIONS has: it is theirs", async () => {
    const api = await startApi();
    const { base, raw } = await start([api.origin]);
    for (const method of ["HEAD", "DELETE", "OPTIONS"]) {
      const text = get(base, "/notes", ["Content-Length: 5"]).replace("GET", method);
      // oxlint-disable-next-line no-await-in-loop
      expect(statusOf(await raw(`${text}hello`))).toBe(200);
    }
    expect(api.seen.map(({ method, body }) => `${method} ${body}`)).toEqual([
      "HEAD hello",
      "DELETE hello",
      "OPTIONS hello",
    ]);
  });
});

describe("a request that would show the token", () => {
  it("to the program, as TRACE does, is refused", async () => {
    const api = await startApi();
    const { base, raw } = await start([api.origin]);
    const answer = await raw(get(base, "/notes").replace("GET", "TRACE"));
    expect(answer).toMatch(/^HTTP\/1\.1 403 [\s\S]*TRACE/);
    expect(api.seen).toEqual([]);
  });
});

describe("an answer of the API that is none", () => {
  it.each([
    ["a status below 100", "HTTP/1.1 000 Nothing\r\nContent-Length: 0\r\n\r\n"],
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
    [
      "a length and chunks",
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["a NUL in a header", "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n"],
    ["no HTTP", "hello\r\n\r\n"],
    ["another protocol, which nobody asked for", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"],
    ["nothing at all", ""],
  ])("(%s) is a 502 with a sentence, and its connection is closed", async (_, text) => {
    const api = await startRawApi((socket) => {
      if (text === "") socket.destroy();
      else socket.write(text, "latin1");
    });
    const { base, raw, audit } = await start([api.origin]);
    expect(await raw(get(base, "/notes"))).toMatch(/^HTTP\/1\.1 502 [\s\S]*loopkey broker: /);
    expect(audit).toHaveLength(1);
    for (const socket of api.sockets)
      // oxlint-disable-next-line no-await-in-loop
      if (!socket.destroyed) await once(socket, "close");
  });

  it("but what comes before it (100, 103) is passed over", async () => {
    const api = await startRawApi((socket) =>
      socket.write(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
      ),
    );
    const { base, raw } = await start([api.origin]);
    const answer = await raw(get(base, "/notes"));
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*\r\n\r\nok$/);
    expect(answer).not.toMatch(/Early|Link/);
  });

  it.each([
    ["a folded header", "X-Folded: one\r\n two"],
    ["a Location that is folded", "Location: /a\r\n X-Injected: yes"],
    ["a Location with a control character", "Location: /a\u000bb"],
    ["a Location of bytes", "Location: /\u00e4\u0080"],
  ])("nothing of it is a header of its own to the program: %s", async (_, header) => {
    const api = await startRawApi((socket) =>
      socket.write(`HTTP/1.1 302 Found\r\n${header}\r\nContent-Length: 0\r\n\r\n`, "latin1"),
    );
    const { base, raw } = await start([api.origin]);
    const answer = await raw(get(base, "/notes"));
    expect([302, 502]).toContain(statusOf(answer));
    expect(answer).not.toMatch(/\r\nX-Injected/i);
  });
});

it("a connection that the API has just given up is no failure of the next request, if it can be sent again", async () => {
  let isFirst = true;
  const api = await startRawApi((socket) => {
    if (!isFirst && socket === [...api.sockets][0]) socket.destroy();
    else socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    isFirst = false;
  });
  const { base, raw, audit } = await start([api.origin]);
  expect(statusOf(await raw(get(base, "/notes")))).toBe(200);
  expect(statusOf(await raw(get(base, "/notes")))).toBe(200);
  expect(audit.map(({ status }) => status)).toEqual([200, 200]);
  expect(api.seen).toHaveLength(3);
});

it("but one that may have been carried out is not sent again", async () => {
  let isFirst = true;
  const api = await startRawApi((socket) => {
    if (!isFirst) socket.destroy();
    else socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    isFirst = false;
  });
  const { base, raw } = await start([api.origin]);
  expect(statusOf(await raw(get(base, "/notes")))).toBe(200);
  const post = get(base, "/notes", ["Content-Length: 1"]).replace("GET", "POST");
  expect(statusOf(await raw(`${post}x`))).toBe(502);
  expect(api.seen.filter((bytes) => bytes.startsWith("POST"))).toHaveLength(1);
});

import { EventEmitter } from "node:events";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { createAuthClient } from "@loopkey/core";
import { createFakeServer, createFakePorts } from "@loopkey/core/testing";
import { systemClock } from "@loopkey/node-adapter";
import { describe, expect, onTestFinished, test } from "vitest";
import { createNetFetch } from "../../src/main/inside/net-fetch.js";
import { createElectronDouble, type ElectronDouble } from "../../src/testing/index.js";
import { createTestServer, type TestServer } from "../support/network.js";
import { standsStill } from "../support/stands-still.js";

function createFetch(double: ElectronDouble = createElectronDouble()): typeof fetch {
  return createNetFetch(double.main);
}

/** Answers `/to/STATUS` with a redirect to the other one. */
async function createTwoOrigins(): Promise<{ first: TestServer; second: TestServer }> {
  const second = await createTestServer((request, response) => {
    let size = 0;
    request.on("data", (bytes: Buffer) => (size += bytes.length));
    request.on("end", () => response.end(String(size)));
  });
  const first = await createTestServer((request, response) => {
    const [, to, status] = (request.url ?? "").split("/");
    if (to === "to") response.writeHead(Number(status), { location: `${second.origin}/end` });
    if (to === "here") response.writeHead(302, { location: "/end" });
    if (to === "loop") response.writeHead(302, { location: "/loop" });
    if (to === "nowhere") response.writeHead(302, { location: "file:///etc/passwd" });
    response.end("first");
  });
  return { first, second };
}

describe("redirects", () => {
  test.each([301, 302, 303, 307, 308])("after a %i to another origin no token goes there", async (status) => {
    const { first, second } = await createTwoOrigins();
    const headers = { authorization: "Bearer secret", dpop: "proof", cookie: "a=1", "x-mine": "1" };
    const response = await createFetch()(`${first.origin}/to/${status}`, { headers });
    expect(response).toMatchObject({ status: 200, redirected: true, url: `${second.origin}/end` });
    expect(first.seen[0]!.headers).toMatchObject({ authorization: "Bearer secret" });
    const { headers: arrived } = second.seen[0]!;
    expect(arrived).toMatchObject({ "x-mine": "1" });
    for (const name of ["authorization", "dpop", "cookie"]) expect(arrived).not.toHaveProperty(name);
  });

  test("within the origin the token stays", async () => {
    const { first } = await createTwoOrigins();
    await createFetch()(`${first.origin}/here`, { headers: { authorization: "Bearer secret" } });
    expect(first.seen.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer secret",
      "Bearer secret",
    ]);
  });

  test("with redirect: manual the caller gets the redirect itself", async () => {
    const { first, second } = await createTwoOrigins();
    const response = await createFetch()(`${first.origin}/to/302`, { redirect: "manual" });
    expect(response).toMatchObject({ status: 302, redirected: false });
    expect(response.headers.get("location")).toBe(`${second.origin}/end`);
    expect(second.seen).toEqual([]);
  });

  test("with redirect: error, in a circle, and to what is no address it fails", async () => {
    const { first } = await createTwoOrigins();
    const request = createFetch();
    await expect(request(`${first.origin}/here`, { redirect: "error" })).rejects.toThrow("it was redirected");
    await expect(request(`${first.origin}/loop`)).rejects.toThrow("too many redirects");
    await expect(request(`${first.origin}/nowhere`)).rejects.toThrow("not an address");
  });

  test("a POST becomes a GET after 303, and is sent again after 307 unless its body was a stream", async () => {
    const { first, second } = await createTwoOrigins();
    const request = createFetch();
    const post = { method: "POST", body: "four", headers: { "content-type": "text/x" } };
    expect(await (await request(`${first.origin}/to/303`, post)).text()).toBe("0");
    expect(await (await request(`${first.origin}/to/307`, post)).text()).toBe("4");
    expect(second.seen.map(({ method, headers }) => [method, headers["content-type"]])).toEqual([
      ["GET", undefined],
      ["POST", "text/x"],
    ]);
    const body = new Blob(["four"]).stream();
    const stream = { method: "POST", body, duplex: "half" } as RequestInit;
    await expect(request(`${first.origin}/to/307`, stream)).rejects.toThrow("the body was a stream");
  });

  test("a client that signs requests with a key follows them too, and its token stays where it belongs", async () => {
    const { first, second } = await createTwoOrigins();
    const server = await createFakeServer({ clock: systemClock, offers: ["dpop"] });
    const net = createFetch();
    const fetch = (input: string | URL | Request, init?: RequestInit) =>
      String(input instanceof Request ? input.url : input).startsWith("http:")
        ? net(input, init)
        : server.fetch(input, init);
    for (const dpop of [true, false]) {
      const ports = { ...createFakePorts({ server }), clock: systemClock, fetch };
      const config = { issuer: server.issuer, clientId: "notes", dpop, apiOrigins: [first.origin] };
      const client = createAuthClient(config, ports);
      onTestFinished(() => client.close());
      // oxlint-disable-next-line no-await-in-loop
      await client.signIn();
      // oxlint-disable-next-line no-await-in-loop
      expect(await (await client.fetch(`${first.origin}/to/302`)).text()).toBe("0");
      expect(first.seen.at(-1)!.headers.authorization).toMatch(dpop ? /^DPoP / : /^Bearer /);
      expect(second.seen.at(-1)!.headers).not.toHaveProperty("authorization");
      expect(second.seen.at(-1)!.headers).not.toHaveProperty("dpop");
    }
  });
});

describe("the session", () => {
  test("is one of its own, in memory, and each request keeps and sends nothing", async () => {
    const double = createElectronDouble();
    const { first } = await createTwoOrigins();
    const request = createFetch(double);
    await request(first.origin);
    await request(first.origin);
    expect(double.sessions).toEqual([{ partition: "loopkey", cache: false }]);
    expect(double.requests).toHaveLength(2);
    for (const { options } of double.requests)
      expect(options).toMatchObject({
        redirect: "manual",
        credentials: "omit",
        useSessionCookies: false,
        cache: "no-store",
      });
  });

  test("waits for the app to be ready, and an abort ends the wait", async () => {
    const double = createElectronDouble({ ready: false });
    const { first } = await createTwoOrigins();
    const request = createFetch(double);
    const early = request(first.origin);
    await expect(request(first.origin, { signal: AbortSignal.abort(new Error("mine")) })).rejects.toThrow(
      "mine",
    );
    const leaving = new AbortController();
    const left = request(first.origin, { signal: leaving.signal });
    leaving.abort(new Error("left"));
    await expect(left).rejects.toThrow("left");
    expect(double.requests).toEqual([]);
    double.main.app.becomeReady();
    expect((await early).status).toBe(200);
  });
});

describe("bodies", () => {
  test("200 MB go to a reader who pauses as the reader takes them", async () => {
    let sent = 0;
    const { origin } = await createTestServer((_, response) => {
      const write = (): void => {
        while (sent < 200 * 1024 * 1024) {
          sent += 65_536;
          if (!response.write(Buffer.alloc(65_536))) return void response.once("drain", write);
        }
        response.end();
      };
      write();
    });
    const response = await createFetch()(origin);
    const reader = response.body!.getReader();
    await reader.read();
    const taken = await standsStill(() => sent);
    expect(taken).toBeLessThan(30 * 1024 * 1024);
    let size = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read())
      size += part.value.byteLength;
    expect(size).toBeGreaterThan(199 * 1024 * 1024);
  });

  test("a stream is sent piece by piece, a text with its length", async () => {
    const { origin, seen } = await createTestServer((request, response) => {
      let size = 0;
      request.on("data", (bytes: Buffer) => (size += bytes.length));
      request.on("end", () => response.end(String(size)));
    });
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let part = 0; part < 10; part++) controller.enqueue(new Uint8Array(100_000));
        controller.close();
      },
    });
    const request = createFetch();
    const stream = await request(origin, { method: "POST", body, duplex: "half" });
    expect(await stream.text()).toBe("1000000");
    expect(await (await request(origin, { method: "PUT", body: "é" })).text()).toBe("2");
    expect(seen[0]!.headers).toMatchObject({ "transfer-encoding": "chunked" });
    expect(seen[1]!.headers).toMatchObject({ "content-length": "2" });
  });

  test("an abort ends the request and the reader with its reason, and a cancelled body the request", async () => {
    const closed: Promise<void>[] = [];
    const { origin } = await createTestServer((_, response) => {
      closed.push(new Promise((resolve) => response.once("close", resolve)));
      response.write("x");
    });
    const request = createFetch();
    const leaving = new AbortController();
    const response = await request(origin, { signal: leaving.signal });
    const text = response.text();
    leaving.abort(new Error("enough"));
    await expect(text).rejects.toThrow("enough");
    await (await request(origin)).body!.cancel();
    await Promise.all(closed);
    expect(closed).toHaveLength(2);
  });

  test("an abort cancels the stream that is being sent, with its reason", async () => {
    const { origin } = await createTestServer(() => {});
    const leaving = new AbortController();
    const cancelled = new Promise((resolve) => {
      const body = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
        cancel: resolve,
      });
      const init = { method: "POST", body, duplex: "half", signal: leaving.signal } as const;
      createFetch()(origin, init).catch(() => {});
    });
    await standsStill(() => 0);
    leaving.abort(new Error("enough"));
    expect(await cancelled).toMatchObject({ message: "enough" });
  });

  test("what Chromium has decoded does not say that it is encoded, and an answer without a body has none", async () => {
    const { origin } = await createTestServer((request, response) => {
      if (request.url === "/none") return response.writeHead(204).end();
      response.setHeader("set-cookie", ["a=1", "b=2"]);
      return response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("text"));
    });
    const request = createFetch();
    const response = await request(origin);
    expect(response.headers.has("content-encoding")).toBe(false);
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(await request(`${origin}/none`)).toMatchObject({ status: 204, body: null });
  });
});

describe("what a server says does not end the app", () => {
  test("a status that is none fails the request", async () => {
    const { origin } = await createTestServer((request, response) => {
      response.writeHead(request.url === "/moved" ? 302 : 999, { location: "/strange" }).end("text");
    });
    for (const path of ["/strange", "/moved"])
      // oxlint-disable-next-line no-await-in-loop
      await expect(createFetch()(`${origin}${path}`)).rejects.toMatchObject({
        name: "TypeError",
        message: "fetch failed",
      });
  });

  // As Electron has it, and Node not: a plain stream, whose error somebody must hear.
  function createAnswered(incoming: Readable): typeof fetch {
    const { main } = createElectronDouble();
    const outgoing = Object.assign(new EventEmitter(), {
      setHeader() {},
      abort() {},
      end: () => setImmediate(() => outgoing.emit("response", incoming)),
    });
    const net = { request: () => outgoing } as unknown as typeof main.net;
    return createNetFetch({ ...main, net });
  }

  test("an answer that breaks off before it is read fails whoever reads it, and nobody else", async () => {
    const incoming = Object.assign(new Readable({ read() {} }), { statusCode: 200, rawHeaders: [] });
    const response = await createAnswered(incoming)("https://api.example/");
    const closed = new Promise((resolve) => incoming.once("close", resolve));
    incoming.destroy(new Error("net::ERR_CONNECTION_RESET"));
    await closed;
    await expect(response.text()).rejects.toMatchObject({ cause: { code: "ERR_CONNECTION_RESET" } });
  });
});

test("a server that is not there is a TypeError of fetch, with Chromium's code in its cause", async () => {
  await expect(createFetch()("http://127.0.0.1:9")).rejects.toMatchObject({
    name: "TypeError",
    message: "fetch failed",
    cause: { code: "ERR_CONNECTION_REFUSED" },
  });
});

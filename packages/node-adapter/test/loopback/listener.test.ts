import { once } from "node:events";
import { connect, type Server } from "node:net";
import * as fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { RedirectListening, StrayReason } from "@loopkey/core";
import { createLoopbackListener } from "../../src/index.js";
import { endWaits, get, hasIPv6, isClosed, listen, PAGE, rawClient, succeed } from "../support/raw-client.js";

afterEach(endWaits);

const ipv6 = await hasIPv6();

function withIPv6(name: string, run: () => Promise<void>): void {
  test(name, async (ctx) => {
    ctx.skip(!ipv6, "this machine has no IPv6 loopback: sudo sysctl net.ipv6.conf.lo.disable_ipv6=0");
    await run();
  });
}

/** On every answer but the page, which has a Content-Security-Policy of its own. */
const KEPT_TO_ITSELF = [
  "Connection: close",
  "Cache-Control: no-store",
  "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
  "Cross-Origin-Opener-Policy: same-origin",
  "Cross-Origin-Resource-Policy: same-origin",
  "Referrer-Policy: no-referrer",
  "X-Content-Type-Options: nosniff",
  "X-Frame-Options: DENY",
];

describe("a browser that is sent on", () => {
  test("gets the address the core gave, and the wait goes on", async () => {
    const target = "https://id.example/logout?id_token_hint=x";
    const wait = await listen(undefined, undefined, {
      accept: ({ pathname }) =>
        pathname === "/start" ? { accepted: false, redirectTo: target } : { accepted: true },
    });
    const browser = rawClient(wait.redirectUri, get(wait.redirectUri, "/start"));
    const answer = await browser.closed;
    expect(answer).toMatch(/^HTTP\/1\.1 302 Found\r\n/);
    expect(answer).toContain(`\r\nLocation: ${target}\r\n`);
    for (const header of KEPT_TO_ITSELF) expect(answer).toContain(`\r\n${header}\r\n`);
    expect(await succeed(wait)).toContain("200 OK");
    expect(wait.strays).toEqual([]);
  });
});

describe("a redirect", () => {
  test("is accepted on 127.0.0.1 with the port of the live socket", async () => {
    const wait = await listen();
    expect(wait.redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
    const browser = rawClient(wait.redirectUri, get(wait.redirectUri));
    const response = await wait.response;
    expect(response.url.href).toBe(`${wait.redirectUri}?code=c&state=good`);
    await response.respond(PAGE);
    expect(await browser.closed).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*Signed in/);
    expect(wait.strays).toEqual([]);
  });

  withIPv6("is accepted on [::1]", async () => {
    const wait = await listen(["http://[::1]/callback"]);
    expect(wait.redirectUri).toMatch(/^http:\/\/\[::1\]:\d+\/callback$/);
    expect(await isClosed("127.0.0.1", Number(new URL(wait.redirectUri).port))).toBe(true);
    expect(await succeed(wait)).toContain("200 OK");
  });

  for (const address of ["127.0.0.1", "[::1]"]) {
    withIPv6(`to localhost is accepted on ${address}`, async () => {
      const wait = await listen(["http://localhost/callback"]);
      const { port } = new URL(wait.redirectUri);
      const browser = rawClient(`http://${address}:${port}`, get(wait.redirectUri));
      await (await wait.response).respond(PAGE);
      expect(await browser.closed).toContain("200 OK");
      expect(await isClosed("127.0.0.1", Number(port))).toBe(true);
      expect(await isClosed("::1", Number(port))).toBe(true);
    });
  }

  test("is accepted with what a browser says of a navigation, and with what other clients leave out", async () => {
    const navigation =
      "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n";
    // The second is the fetch of Node, which tests of apps will use.
    for (const fields of [navigation, "Sec-Fetch-Mode: cors\r\n"]) {
      // oxlint-disable-next-line no-await-in-loop
      const wait = await listen();
      const browser = rawClient(wait.redirectUri, get(wait.redirectUri, undefined, fields));
      // oxlint-disable-next-line no-await-in-loop
      await (await wait.response).respond(PAGE);
      // oxlint-disable-next-line no-await-in-loop
      expect(await browser.closed).toContain("200 OK");
    }
  });

  test("keeps a registered query in the redirect URI", async () => {
    const wait = await listen(["http://127.0.0.1/callback?tenant=a"]);
    expect(wait.redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback\?tenant=a$/);
    expect(await succeed(wait)).toContain("200 OK");
  });

  test("may carry a code of 4 kB and large cookies of other local servers", async () => {
    const wait = await listen();
    const code = "x".repeat(4096);
    const target = `/callback?code=${code}&state=good`;
    rawClient(wait.redirectUri, get(wait.redirectUri, target, `Cookie: ${"c".repeat(8192)}\r\n`));
    const response = await wait.response;
    expect(response.url.searchParams.get("code")).toBe(code);
    await response.respond(PAGE);
  });

  test("is answered although the client has closed its half of the connection", async () => {
    const wait = await listen();
    const browser = rawClient(wait.redirectUri);
    browser.socket.end(get(wait.redirectUri));
    const response = await wait.response;
    // The listener sees that half closed before the outcome is known.
    await manyTurns();
    await response.respond(PAGE);
    expect(await browser.closed).toContain("200 OK");
  });

  test("that arrives a few bytes at a time is accepted", async () => {
    const wait = await listen();
    const browser = rawClient(wait.redirectUri);
    browser.socket.setNoDelay(true);
    for (const part of get(wait.redirectUri).match(/[^]{1,7}/g)!) {
      // oxlint-disable-next-line no-await-in-loop
      await new Promise((resolve) => browser.socket.write(part, resolve));
    }
    await (await wait.response).respond(PAGE);
    expect(await browser.closed).toContain("200 OK");
  });
});

type Stray = {
  readonly reason: StrayReason;
  readonly answer: string | RegExp;
  readonly bytes: (uri: string) => string;
  readonly end?: boolean;
};
const strays: Record<string, Stray> = {
  "a favicon": {
    reason: "wrong_path",
    answer: "404 Not Found",
    bytes: (uri) => get(uri, "/favicon.ico"),
  },
  "a wrong state": {
    reason: "wrong_state",
    answer: "400 Bad Request",
    bytes: (uri) => get(uri, "/callback?code=c&state=forged"),
  },
  "a path of two slashes and another host": {
    reason: "wrong_path",
    answer: "404 Not Found",
    bytes: (uri) => get(uri, "//evil.example/callback?code=c&state=good"),
  },
  "a path with backslashes": {
    reason: "wrong_path",
    answer: "404 Not Found",
    bytes: (uri) => get(uri, "\\/evil.example/callback?code=c&state=good").replace("GET \\", "GET /\\"),
  },
  "a path that only a parser turns into the right one": {
    reason: "wrong_path",
    answer: "404 Not Found",
    bytes: (uri) => get(uri, "/x/%2e%2e/callback?code=c&state=good"),
  },
  "an absolute-form target": {
    reason: "malformed_request",
    answer: "400 Bad Request",
    bytes: (uri) => get(uri, `${uri}?code=c&state=good`),
  },
  "an absolute-form target of another host": {
    reason: "malformed_request",
    answer: "400 Bad Request",
    bytes: (uri) => get(uri, "http://evil.example/callback?code=c&state=good"),
  },
  "a target with a fragment": {
    reason: "malformed_request",
    answer: "400 Bad Request",
    bytes: (uri) => get(uri, "/callback?code=c&state=good#x"),
  },
  "a HEAD": {
    reason: "wrong_method",
    answer: /405 Method Not Allowed\r\n[^]*Allow: GET\r\n[^]*\r\n\r\n$/,
    bytes: (uri) => get(uri).replace("GET", "HEAD"),
  },
  "a POST": {
    reason: "wrong_method",
    answer: /405 Method Not Allowed\r\n[^]*Allow: GET\r\n/,
    bytes: (uri) => `${get(uri, undefined, "Content-Length: 5\r\n").replace("GET", "POST")}state`,
  },
  "a POST that announces a gigabyte": {
    reason: "wrong_method",
    answer: "405 Method Not Allowed",
    bytes: (uri) => get(uri, undefined, "Content-Length: 1000000000\r\n").replace("GET", "POST"),
  },
  "an OPTIONS preflight": {
    reason: "wrong_method",
    answer: "405 Method Not Allowed",
    bytes: (uri) =>
      get(uri, undefined, "Access-Control-Request-Private-Network: true\r\n").replace("GET", "OPTIONS"),
  },
  "a CONNECT": {
    reason: "wrong_method",
    answer: "405 Method Not Allowed",
    bytes: (uri) => get(uri, "evil.example:443").replace("GET", "CONNECT"),
  },
  "an upgrade": {
    reason: "malformed_request",
    answer: "400 Bad Request",
    bytes: (uri) => get(uri, undefined, "Connection: Upgrade\r\nUpgrade: websocket\r\n"),
  },
  "an Expect: 100-continue": {
    reason: "malformed_request",
    answer: "417 Expectation Failed",
    bytes: (uri) => get(uri, undefined, "Expect: 100-continue\r\n"),
  },
  "another expectation": {
    reason: "malformed_request",
    answer: "417 Expectation Failed",
    bytes: (uri) => get(uri, undefined, "Expect: miracles\r\n"),
  },
  "a GET with a body": {
    reason: "malformed_request",
    answer: "400 Bad Request",
    bytes: (uri) => `${get(uri, undefined, "Content-Length: 5\r\n")}hello`,
  },
  "a GET with a chunked body": {
    reason: "malformed_request",
    answer: "400 Bad Request",
    bytes: (uri) => `${get(uri, undefined, "Transfer-Encoding: chunked\r\n")}0\r\n\r\n`,
  },
  "a Host of another name": {
    reason: "wrong_host",
    answer: "400 Bad Request",
    bytes: () => get("http://evil.example/callback"),
  },
  "a Host with another port": {
    reason: "wrong_host",
    answer: "400 Bad Request",
    bytes: () => get("http://127.0.0.1:1/callback"),
  },
  "a Host without the port": {
    reason: "wrong_host",
    answer: "400 Bad Request",
    bytes: () => get("http://127.0.0.1/callback"),
  },
  "a Host that is localhost where 127.0.0.1 is registered": {
    reason: "wrong_host",
    answer: "400 Bad Request",
    bytes: (uri) => get(uri.replace("127.0.0.1", "localhost")),
  },
  "no Host": {
    reason: "wrong_host",
    answer: "400 Bad Request",
    bytes: () => "GET /callback?code=c&state=good HTTP/1.1\r\n\r\n",
  },
  "the right Host twice": {
    reason: "wrong_host",
    answer: "400 Bad Request",
    bytes: (uri) => get(uri, undefined, `Host: ${new URL(uri).host}\r\n`),
  },
  "a second Host behind 2,500 other headers": {
    reason: "wrong_host",
    answer: "400 Bad Request",
    bytes: (uri) => get(uri, undefined, `${"a:b\r\n".repeat(2500)}Host: evil.example\r\n`),
  },
  "a picture on a page of another site": {
    reason: "not_navigation",
    answer: "404 Not Found",
    bytes: (uri) => get(uri, undefined, "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Dest: image\r\n"),
  },
  "a frame on a page of another site": {
    reason: "not_navigation",
    answer: "404 Not Found",
    bytes: (uri) => get(uri, undefined, "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe\r\n"),
  },
  "a browser that fetches in advance": {
    reason: "not_navigation",
    answer: "404 Not Found",
    bytes: (uri) => get(uri, undefined, "Sec-Fetch-Dest: document\r\nSec-Purpose: prefetch;prerender\r\n"),
  },
  "a version that looks otherwise on the wire": {
    reason: "malformed_request",
    answer: "400 Bad Request",
    bytes: (uri) => get(uri).replace("HTTP/1.1", "HTTP/2.0"),
  },
  "another protocol than HTTP": {
    reason: "malformed_request",
    answer: "400 Bad Request",
    bytes: (uri) => get(uri).replace("HTTP/1.1", "ICE/1.0"),
  },
  "a tab that a URL parser would take out of the state": {
    reason: "malformed_request",
    answer: "400 Bad Request",
    bytes: (uri) => get(uri, "/callback?code=c&state=go\tod"),
  },
  "lines that end with LF alone": {
    reason: "malformed_request",
    answer: "400 Bad Request",
    bytes: (uri) => get(uri).replaceAll("\r", ""),
  },
  "a Host that is continued on the next line": {
    reason: "malformed_request",
    answer: "400 Bad Request",
    bytes: (uri) => get(uri).replace("Host: ", "Host:\r\n "),
  },
  "a Host with a space before its colon": {
    reason: "malformed_request",
    answer: "400 Bad Request",
    bytes: (uri) => get(uri).replace("Host:", "Host :"),
  },
  "a Host with a space that no field may have around it": {
    reason: "wrong_host",
    answer: "400 Bad Request",
    bytes: (uri) => get(uri).replace("Host: ", "Host: \xa0"),
  },
  "a TLS handshake": {
    reason: "malformed_request",
    answer: "400 Bad Request",
    bytes: () => "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
  },
  "an HTTP/2 preface": {
    reason: "malformed_request",
    answer: "400 Bad Request",
    bytes: () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  },
  "64 KB of headers": {
    reason: "too_large",
    answer: "431 Request Header Fields Too Large",
    bytes: (uri) => get(uri, undefined, `X: ${"x".repeat(65_536)}\r\n`),
  },
  "a URL of 20 KB": {
    reason: "too_large",
    answer: "431 Request Header Fields Too Large",
    bytes: (uri) => get(uri, `/callback?code=${"c".repeat(20_000)}&state=good`),
  },
  "half a request, then closed": {
    reason: "malformed_request",
    answer: "400 Bad Request",
    bytes: (uri) => get(uri).slice(0, 60),
    end: true,
  },
};

describe("a stray request neither ends nor delays the wait, and is reported:", () => {
  for (const [name, { reason, answer, bytes, end }] of Object.entries(strays)) {
    test(name, async () => {
      const wait = await listen();
      const stranger = rawClient(wait.redirectUri, Buffer.from(bytes(wait.redirectUri), "latin1"));
      if (end) stranger.socket.end();
      const stray = await wait.stray(reason);
      // While the stranger's connection may still be open.
      expect(await succeed(wait)).toContain("200 OK");
      expect(wait.strays).toEqual([stray]);
      expect(JSON.stringify(wait.strays)).not.toMatch(/code=|state=/);
      await stranger.closed;
    });

    test(`${name}: gets a plain answer, and is cut off`, async () => {
      const wait = await listen();
      const stranger = rawClient(wait.redirectUri, Buffer.from(bytes(wait.redirectUri), "latin1"));
      if (end) stranger.socket.end();
      const got = await stranger.closed;
      expect(got).toMatch(answer);
      expect(got).toMatch(/^HTTP\/1\.1 4/);
      expect(got.length).toBeLessThan(500);
      for (const header of KEPT_TO_ITSELF) expect(got).toContain(`\r\n${header}\r\n`);
      expect(got).not.toMatch(/access-control/i);
      expect(got).not.toMatch(/code=|state=|evil/);
    });
  }

  test("half a request, then reset", async () => {
    const wait = await listen();
    const stranger = rawClient(wait.redirectUri, get(wait.redirectUri).slice(0, 60));
    await once(stranger.socket, "connect");
    stranger.socket.resetAndDestroy();
    await wait.stray("malformed_request");
    expect(await succeed(wait)).toContain("200 OK");
  });

  test("a CONNECT, then reset", async () => {
    const wait = await listen();
    const bytes = get(wait.redirectUri, "evil.example:443").replace("GET", "CONNECT");
    const stranger = rawClient(wait.redirectUri, bytes);
    await wait.stray("wrong_method");
    stranger.socket.resetAndDestroy();
    expect(await succeed(wait)).toContain("200 OK");
  });

  test("headers that never end", async () => {
    const wait = await listen(undefined, { requestTimeoutMs: 50 });
    const stranger = rawClient(wait.redirectUri, get(wait.redirectUri).slice(0, 60));
    expect(await stranger.closed).toContain("408 Request Timeout");
    expect(wait.strays.map(({ reason }) => reason)).toEqual(["too_slow"]);
    expect(await succeed(wait)).toContain("200 OK");
  });

  test("a second request behind a refused one, which is never considered", async () => {
    const wait = await listen();
    const both = get(wait.redirectUri, "/favicon.ico") + get(wait.redirectUri);
    const stranger = rawClient(wait.redirectUri, both);
    expect(await stranger.closed).toMatch(/^HTTP\/1\.1 404 (?![^]*HTTP\/1\.1)/);
    expect(wait.strays.map(({ reason }) => reason)).toEqual(["wrong_path", "pipelined"]);
    expect(await succeed(wait)).toContain("200 OK");
  });

  test("many requests behind the accepted one, of which one report is made", async () => {
    const wait = await listen();
    const browser = rawClient(wait.redirectUri, get(wait.redirectUri).repeat(50));
    const response = await wait.response;
    await wait.stray("pipelined");
    await response.respond(PAGE);
    expect((await browser.closed).match(/HTTP\/1\.1/g)?.length ?? 0).toBeLessThanOrEqual(1);
    expect(wait.strays).toHaveLength(1);
  });

  test("one at which the check itself throws", async () => {
    let calls = 0;
    const accept = () => {
      if (calls++ === 0) throw new RangeError("secret");
      return { accepted: true } as const;
    };
    const wait = await listen(undefined, undefined, { accept });
    expect(await rawClient(wait.redirectUri, get(wait.redirectUri)).closed).toContain("400 Bad Request");
    expect(wait.strays).toEqual([
      { reason: "malformed_request", detail: "The check of the request threw a RangeError" },
    ]);
    expect(await succeed(wait)).toContain("200 OK");
  });
});

test("a Host header with control characters is reported without them", async () => {
  const wait = await listen();
  const bytes = Buffer.from("GET / HTTP/1.1\r\nHost: a\x9b31mb\r\n\r\n", "latin1");
  await rawClient(wait.redirectUri, bytes).closed;
  expect(wait.strays).toEqual([{ reason: "wrong_host", detail: "Host: a?31mb" }]);
});

test("a browser's spare connection is closed after the time limit without being reported", async () => {
  const wait = await listen(undefined, { requestTimeoutMs: 50 });
  expect(await rawClient(wait.redirectUri).closed).toBe("");
  expect(await succeed(wait)).toContain("200 OK");
  expect(wait.strays).toEqual([]);
});

test("a browser's spare connection that it closes itself is not reported", async () => {
  const wait = await listen();
  rawClient(wait.redirectUri).socket.end();
  expect(await succeed(wait)).toContain("200 OK");
  expect(wait.strays).toEqual([]);
});

test("a refused client that goes on sending and never closes is cut off", async () => {
  const wait = await listen();
  const { hostname, port } = new URL(wait.redirectUri);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  socket.on("error", () => {});
  socket.resume();
  socket.write(get(wait.redirectUri, undefined, "Content-Length: 1000000000\r\n").replace("GET", "POST"));
  const sending = setInterval(() => socket.write("x"), 20);
  await new Promise((resolve) => socket.once("close", resolve));
  clearInterval(sending);
});

test("a prefetch does not use up an address that is good for one visit", async () => {
  const accept = vi.fn(() => ({ accepted: true }) as const);
  const wait = await listen(undefined, undefined, { accept });
  await rawClient(wait.redirectUri, get(wait.redirectUri, undefined, "Sec-Purpose: prefetch\r\n")).closed;
  expect(accept).not.toHaveBeenCalled();
  expect(await succeed(wait)).toContain("200 OK");
});

test("a report that throws does not reach the app through the server", async () => {
  const uncaught = vi.fn();
  process.on("uncaughtException", uncaught);
  const onStray = vi.fn(() => {
    throw new Error("from onStray");
  });
  const wait = await listen(undefined, undefined, { onStray });
  expect(await rawClient(wait.redirectUri, get(wait.redirectUri, "/favicon.ico")).closed).toContain("404");
  rawClient(wait.redirectUri, "G").socket.resetAndDestroy();
  expect(await succeed(wait)).toContain("200 OK");
  process.off("uncaughtException", uncaught);
  expect(onStray).toHaveBeenCalled();
  expect(uncaught).not.toHaveBeenCalled();
});

test("a server error while listening neither ends the wait nor crashes the process", async () => {
  const createServer = vi.spyOn(process.getBuiltinModule("node:net"), "createServer");
  const wait = await listen();
  const server = createServer.mock.results[0]!.value as Server;
  createServer.mockRestore();
  server.emit("error", Object.assign(new Error("accept EMFILE"), { code: "EMFILE" }));
  expect(await succeed(wait)).toContain("200 OK");
});

describe("many connections", () => {
  test("200 held open do not delay the redirect, and are dropped once it is accepted", async () => {
    const wait = await listen();
    const held = Array.from({ length: 200 }, (_, i) => rawClient(wait.redirectUri, i % 2 ? "GET / HT" : ""));
    await Promise.all(held.map(({ socket }) => once(socket, "connect")));
    const start = performance.now();
    expect(await succeed(wait)).toContain("200 OK");
    expect(performance.now() - start).toBeLessThan(10_000);
    await Promise.all(held.map(({ closed }) => closed));
  });

  test("the oldest makes room for a newcomer when there are too many, and that is reported", async () => {
    const wait = await listen(undefined, { maxConnections: 3 });
    const held = [];
    for (let i = 0; i < 3; i++) {
      const client = rawClient(wait.redirectUri, "GET");
      held.push(client);
      // oxlint-disable-next-line no-await-in-loop
      await once(client.socket, "connect");
    }
    const newcomer = rawClient(wait.redirectUri, "GET");
    await held[0]!.closed;
    expect(held.map(({ socket }) => socket.closed)).toEqual([true, false, false]);
    newcomer.socket.write(get(wait.redirectUri).slice(3));
    await (await wait.response).respond(PAGE);
    expect(await newcomer.closed).toContain("200 OK");
    expect(wait.strays.map(({ reason }) => reason)).toEqual(["crowded_out"]);
    await Promise.all(held.map(({ closed }) => closed));
  });

  test("a flood of 1,000 does not keep the person out", { timeout: 20_000 }, async () => {
    const wait = await listen(undefined, { maxConnections: 32 });
    const flood = Array.from({ length: 1_000 }, () => rawClient(wait.redirectUri, "G"));
    await wait.stray("crowded_out");
    expect(await succeed(wait)).toContain("200 OK");
    await Promise.all(flood.map(({ closed }) => closed));
  });
});

describe("once a request is accepted", () => {
  test("nobody else is let in, and connections without a request are dropped", async () => {
    const wait = await listen();
    const spare = rawClient(wait.redirectUri);
    await once(spare.socket, "connect");
    const browser = rawClient(wait.redirectUri, get(wait.redirectUri));
    const response = await wait.response;
    expect(await isClosed("127.0.0.1", Number(new URL(wait.redirectUri).port))).toBe(true);
    await spare.closed;
    await response.respond(PAGE);
    await browser.closed;
  });

  test("a second good redirect on an open connection is not accepted as well", async () => {
    const accept = vi.fn(() => ({ accepted: true }) as const);
    const wait = await listen(undefined, undefined, { accept });
    const [first, second] = [rawClient(wait.redirectUri), rawClient(wait.redirectUri)];
    await Promise.all([once(first.socket, "connect"), once(second.socket, "connect")]);
    first.socket.write(get(wait.redirectUri));
    second.socket.write(get(wait.redirectUri));
    await (await wait.response).respond(PAGE);
    const answers = await Promise.all([first.closed, second.closed]);
    expect(answers.filter((answer) => answer.includes("200 OK"))).toHaveLength(1);
    expect(accept).toHaveBeenCalledTimes(1);
  });

  test("garbage behind it does not lose the answer", async () => {
    const wait = await listen();
    const browser = rawClient(wait.redirectUri, `${get(wait.redirectUri)}\x16\x03 garbage\r\n\r\n`);
    const response = await wait.response;
    await manyTurns();
    await response.respond(PAGE);
    expect(await browser.closed).toContain("Signed in");
  });

  test("the first answer counts", async () => {
    const wait = await listen();
    const browser = rawClient(wait.redirectUri, get(wait.redirectUri));
    const response = await wait.response;
    await Promise.all([
      response.respond({ outcome: "failure", title: "Not signed in", message: "No." }),
      response.respond(PAGE),
    ]);
    await response.respond(PAGE);
    const got = await browser.closed;
    expect(got).toContain("400 Bad Request");
    expect(got).not.toContain("Signed in");
  });

  test("answering resolves when the browser has gone away", async () => {
    const wait = await listen();
    const browser = rawClient(wait.redirectUri, get(wait.redirectUri));
    const response = await wait.response;
    browser.socket.resetAndDestroy();
    await manyTurns();
    await expect(response.respond(PAGE)).resolves.toBeUndefined();
    await expect(response.respond(PAGE)).resolves.toBeUndefined();
  });

  test("aborting leaves the accepted connection to be answered", async () => {
    const wait = await listen();
    const browser = rawClient(wait.redirectUri, get(wait.redirectUri));
    const response = await wait.response;
    wait.abort();
    await response.respond(PAGE);
    expect(await browser.closed).toContain("Signed in");
  });

  test("the accepted connection outlives the time limits for slow clients", async () => {
    const wait = await listen(undefined, { requestTimeoutMs: 10 });
    const browser = rawClient(wait.redirectUri, get(wait.redirectUri));
    const response = await wait.response;
    // Another listener's time limit runs out meanwhile.
    const other = await listen(undefined, { requestTimeoutMs: 100 });
    await rawClient(other.redirectUri, "GET").closed;
    await response.respond(PAGE);
    expect(await browser.closed).toContain("200 OK");
  });
});

describe("aborting", () => {
  const reason = new Error("cancelled by the test");

  test("ends the listening and every connection, and rejects with the signal's reason", async () => {
    const wait = await listen();
    const held = [rawClient(wait.redirectUri), rawClient(wait.redirectUri, "GET / HTTP/1.1\r\n")];
    await Promise.all(held.map(({ socket }) => once(socket, "connect")));
    wait.abort(reason);
    await expect(wait.response).rejects.toBe(reason);
    await Promise.all(held.map(({ closed }) => closed));
    expect(await isClosed("127.0.0.1", Number(new URL(wait.redirectUri).port))).toBe(true);
  });

  test("before the listening began binds nothing", async () => {
    const listening = listen(undefined, undefined, { signal: AbortSignal.abort(reason) });
    await expect(listening).rejects.toBe(reason);
  });

  test("while it is being bound rejects with the reason, at whatever moment, and leaves nothing bound", async () => {
    const net = process.getBuiltinModule("node:net");
    const realCreateServer = net.createServer;
    for (let steps = 0; steps < 40; steps++) {
      const controller = new AbortController();
      // So many promise steps after the last port was bound.
      const abortSoon = (left: number) =>
        left > 0 ? queueMicrotask(() => abortSoon(left - 1)) : controller.abort(reason);
      const createServer = vi.spyOn(net, "createServer");
      createServer.mockImplementation((...args: Parameters<typeof net.createServer>) =>
        realCreateServer(...args).once("listening", () => abortSoon(steps)),
      );
      const listening = listen(undefined, undefined, { signal: controller.signal });
      // oxlint-disable-next-line no-await-in-loop
      await expect(listening.then(({ response }) => response)).rejects.toBe(reason);
      createServer.mockRestore();
    }
    // Node lists a handle until some turns after it was closed.
    await expect.poll(serversOpen).toBe(0);
  });

  test("while the second of two stacks is being bound leaves neither bound", async () => {
    for (let turns = 0; turns < 4; turns++) {
      const controller = new AbortController();
      const listening = listen(["http://localhost/callback"], undefined, { signal: controller.signal });
      const outcome = expect(listening.then(({ response }) => response)).rejects.toBe(reason);
      // oxlint-disable-next-line no-await-in-loop
      for (let turn = 0; turn < turns; turn++) await nextTurn();
      controller.abort(reason);
      // oxlint-disable-next-line no-await-in-loop
      await outcome;
    }
    await expect.poll(serversOpen).toBe(0);
  });

  test("a wait that nobody awaits any more is no unhandled rejection", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    const wait = await listen();
    wait.abort(reason);
    await nextTurn();
    await nextTurn();
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

test(
  "bytes of any shape never end the wait, and every answer is a refusal",
  { timeout: 30_000 },
  async () => {
    const wait = await listen(undefined, { maxConnections: 1_000 });
    const good = get(wait.redirectUri);
    // prettier-ignore
    const words = fc.constantFrom(
    "GET ", "POST ", "/callback", "?state=", "goo", "code=c&", " HTTP/1.1", " HTTP/1.0", "\r\n", "\n", "\r",
    "Host: ", new URL(wait.redirectUri).host, "Content-Length: 3", "Transfer-Encoding: chunked", "\0", ":", " ",
    "//", "http://", "Expect: 100-continue", "Upgrade: h2c", "é", "\x7f",
  );
    const mutated = fc
      .tuple(fc.nat({ max: good.length - 1 }), fc.nat({ max: 255 }))
      // One byte of a redirect whose state is wrong: no change of one makes it right.
      .map(([at, byte]) => {
        const bytes = Buffer.from(good.replace("state=good", "state=evil"), "latin1");
        bytes[at] = byte;
        return bytes;
      });
    const shapes = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.array(words, { maxLength: 30 }).map((parts) => Buffer.from(parts.join(""), "latin1")),
      mutated,
    );
    await fc.assert(
      fc.asyncProperty(shapes, async (bytes) => {
        const stranger = rawClient(wait.redirectUri, bytes);
        stranger.socket.end();
        expect(await stranger.closed).toMatch(/^($|HTTP\/1\.1 4\d\d [^]*$)/);
      }),
      { numRuns: 500 },
    );
    for (const { detail = "" } of wait.strays) expect(detail).toMatch(/^[\x20-\x7e]*$/);
    expect(await succeed(wait)).toContain("200 OK");
  },
);

test("without an app name the page speaks of the app", async () => {
  const controller = new AbortController();
  const listening: RedirectListening = await createLoopbackListener()({
    uris: ["http://127.0.0.1/"],
    accept: () => ({ accepted: true }),
    onStray: () => {},
    signal: controller.signal,
  });
  expect(await succeed(listening)).toContain("go back to <bdi>the app</bdi>");
});

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Time for what is under way on the sockets to arrive. */
async function manyTurns(): Promise<void> {
  // oxlint-disable-next-line no-await-in-loop
  for (let turn = 0; turn < 50; turn++) await nextTurn();
}

function serversOpen(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === "TCPServerWrap").length;
}

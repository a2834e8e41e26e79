// What passes through the broker: bodies both ways as they come, redirects, WebSockets; and what it does where the API says no.
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { expect, it, describe } from "vitest";
import { AuthError } from "@loopkey/core/light";
import { get, client, start, startApi, statusOf, TOKEN } from "./support.js";

const headersOf = (answer: string): string => answer.split("\r\n\r\n")[0]!;

describe("a body", () => {
  it("of the program arrives chunk by chunk while it is being sent, and the answer likewise", async () => {
    const api = await startApi((request, response) => {
      // What comes goes back at once.
      request.pipe(response);
      return true;
    });
    const { base } = await start([api.origin]);
    const request = httpRequest(`${base.href}/echo`, { method: "POST" });
    request.write("one");
    const [response] = (await once(request, "response")) as [IncomingMessage];
    expect(String((await once(response, "data"))[0])).toBe("one");
    request.write("two");
    expect(String((await once(response, "data"))[0])).toBe("two");
    request.end();
    await once(response.resume(), "end");
  });

  it("of 20 MB passes whole, with its length", async () => {
    const api = await startApi();
    const { base } = await start([api.origin]);
    const body = "x".repeat(20_000_000);
    const request = httpRequest(`${base.href}/big`, {
      method: "PUT",
      headers: { "content-length": body.length },
    });
    request.end(body);
    const [response] = (await once(request, "response")) as [IncomingMessage];
    await once(response.resume(), "end");
    expect(response.statusCode).toBe(200);
    expect(api.seen[0]?.body.length).toBe(body.length);
    expect(api.seen[0]?.headers["content-length"]).toBe("20000000");
  });

  it("that the program breaks off does not look whole to the API", async () => {
    let isOver: (value: unknown) => void;
    const over = new Promise((resolve) => (isOver = resolve));
    const api = await startApi((request) => {
      request.resume().on("error", () => isOver("aborted"));
      request.on("end", () => isOver("whole"));
      return true;
    });
    const { base } = await start([api.origin]);
    const request = httpRequest(`${base.href}/echo`, { method: "POST" });
    request.on("error", () => {});
    request.write("one");
    const [, answer] = await Promise.all([once(api.server, "request").then(() => request.destroy()), over]);
    expect(answer).toBe("aborted");
  });

  it("that the API breaks off does not look whole to the program", async () => {
    const api = await startApi((_, response) => {
      response.write("half");
      response.socket!.end();
      return true;
    });
    const { base } = await start([api.origin]);
    const request = httpRequest(`${base.href}/half`).end();
    const [response] = (await once(request, "response")) as [IncomingMessage];
    const [error] = (await once(response.resume(), "error")) as [Error];
    expect(error.message).toBe("aborted");
  });
});

describe("an answer", () => {
  it("is given as it is, but for what belongs to the connection, cookies and nonces", async () => {
    const api = await startApi((_, response) => {
      response.writeHead(
        418,
        "Teapot",
        [
          ["X-Kept", "yes"],
          ["Set-Cookie", "session=secret"],
          ["DPoP-Nonce", "n"],
          ["Connection", "close, X-Gone"],
          ["X-Gone", "1"],
        ].flat(),
      );
      response.end("short");
      return true;
    });
    const { base, raw } = await start([api.origin]);
    const answer = await raw(get(base, "/"));
    expect(answer).toMatch(/^HTTP\/1\.1 418 Teapot\r\n[\s\S]*X-Kept: yes[\s\S]*short/);
    expect(answer).not.toMatch(/cookie|nonce|x-gone/i);
  });

  it.each<[string, (origin: string) => string, (base: URL, origin: string) => string]>([
    ["a path", () => "/next?x=1#y", ({ pathname }) => `${pathname}/next?x=1#y`],
    ["a path that climbs", () => "../../next", ({ pathname }) => `${pathname}/next`],
    ["the API itself", (origin) => `${origin}/next`, ({ origin, pathname }) => `${origin}${pathname}/next`],
    ["elsewhere", () => "https://elsewhere.example/next", () => "https://elsewhere.example/next"],
    ["elsewhere, without a scheme", () => "//elsewhere.example/next", () => "//elsewhere.example/next"],
  ])(
    "that redirects to %s keeps the program with the broker for what is allowed",
    async (_, location, wanted) => {
      const api = await startApi((_request, response) => {
        response.writeHead(302, { location: location(api.origin) }).end();
        return true;
      });
      const { base, raw } = await start([api.origin]);
      const head = headersOf(await raw(get(base, "/a/b")));
      expect(head).toContain(`location: ${wanted(base, api.origin)}`);
    },
  );

  it("that redirects to another API of the profile goes to that one's base URL", async () => {
    const other = await startApi();
    const api = await startApi((_, response) => {
      response.writeHead(302, { location: `${other.origin}/next` }).end();
      return true;
    });
    const { base, raw, broker } = await start([api.origin, other.origin]);
    const second = broker.env[`LOOPKEY_BROKER_127_0_0_1_${new URL(other.origin).port}`];
    expect(headersOf(await raw(get(base, "/")))).toContain(`location: ${second}/next`);
  });

  it("of a server that nobody can reach is a 502 with a sentence", async () => {
    const { base, raw, audit } = await start(["http://127.0.0.1:1"]);
    expect(await raw(get(base, "/"))).toMatch(/^HTTP\/1\.1 502 [\s\S]*could not be reached/);
    expect(audit).toMatchObject([{ method: "GET", origin: "http://127.0.0.1:1", path: "/", status: 502 }]);
  });
});

describe("a request that is to be asked again", () => {
  /** Takes the second token only. */
  const renewing = () => {
    let token = "old";
    return {
      authorize: async () => new Headers({ authorization: `Bearer ${token}` }),
      async refused(response: Response) {
        if (response.status !== 401 || token === "new") return false;
        token = "new";
        return true;
      },
    };
  };
  const picky = () =>
    startApi((request, response) => {
      if (request.headers.authorization === "Bearer new") return false;
      request.resume();
      response.writeHead(401).end("no");
      return true;
    });

  it("is, with its body, and the program sees the second answer alone", async () => {
    const api = await picky();
    const { base } = await start([api.origin], { client: renewing() });
    const response = await fetch(`${base.href}/notes`, { method: "POST", body: "a note" });
    expect([response.status, await response.text()]).toEqual([200, "from the API"]);
    expect(api.seen).toMatchObject([{ body: "a note", headers: { authorization: "Bearer new" } }]);
  });

  it("is not when its body was a stream: the 401 is the program's to read", async () => {
    const api = await picky();
    const { base } = await start([api.origin], { client: renewing() });
    const body = new Blob(["a note"]).stream();
    const response = await fetch(`${base.href}/notes`, {
      method: "POST",
      body,
      duplex: "half",
    });
    expect(response.status).toBe(401);
    expect((await fetch(`${base.href}/notes`)).status, "the next one has the new token").toBe(200);
  });

  it("is three times at the most", async () => {
    let asked = 0;
    const api = await startApi((_, response) => {
      asked++;
      response.writeHead(401).end();
      return true;
    });
    const { base } = await start([api.origin], { client: { ...client, refused: async () => true } });
    expect((await fetch(`${base.href}/notes`)).status).toBe(401);
    expect(asked).toBe(3);
  });

  it.each([
    ["sign_in_required", 502],
    ["temporarily_unavailable", 503],
  ] as const)("says why there is no token, to the program and to the person: %s", async (code, status) => {
    const api = await startApi();
    const authorize = async (): Promise<never> => {
      throw new AuthError(code, "It is gone.");
    };
    const { base, problems } = await start([api.origin], { client: { ...client, authorize } });
    const response = await fetch(`${base.href}/notes`);
    expect([response.status, response.headers.get("loopkey-error")]).toEqual([status, code]);
    expect(await response.text()).toContain("It is gone.");
    expect(problems).toEqual([code]);
    expect(api.seen).toEqual([]);
  });
});

describe("a WebSocket", () => {
  const handshake = (base: URL, more: readonly string[] = [], protocol = "websocket") =>
    get(base, "/socket", more)
      .replace("Connection: close", `Connection: keep-alive, Upgrade\r\nUpgrade: ${protocol}`)
      .replace(
        "\r\n\r\n",
        "\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
      );

  async function echoing() {
    const api = await startApi();
    api.server.on("upgrade", (request: IncomingMessage, socket) => {
      api.seen.push({ method: "GET", url: request.url!, headers: request.headers, body: "" });
      socket.write(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: yes\r\n\r\nhello ",
      );
      socket.pipe(socket);
      socket.on("error", () => {});
    });
    return { api, ...(await start([api.origin])) };
  }

  it("passes both ways, with the token, from the first byte on", async () => {
    const { api, base, audit } = await echoing();
    const socket = connect(Number(base.port), "127.0.0.1");
    socket.write(`${handshake(base, ["Authorization: Bearer mine"])}early `);
    let got = "";
    for await (const chunk of socket) {
      got += String(chunk);
      if (got.endsWith("early ")) socket.write("late");
      if (got.endsWith("late")) break;
    }
    expect(got).toMatch(
      /^HTTP\/1\.1 101 Switching Protocols\r\n[\s\S]*Sec-WebSocket-Accept: yes\r\n\r\nhello early late$/,
    );
    expect(api.seen[0]).toMatchObject({
      url: "/socket",
      headers: { authorization: `Bearer ${TOKEN}`, upgrade: "websocket", "sec-websocket-version": "13" },
    });
    expect(audit).toMatchObject([{ method: "GET", status: 101, path: "/socket" }]);
  });

  it("is refused by its Origin, and so is every other protocol", async () => {
    const { api, base, raw } = await echoing();
    expect(statusOf(await raw(handshake(base, ["Origin: https://evil.example"])))).toBe(403);
    expect(statusOf(await raw(handshake(base, [], "h2c")))).toBe(400);
    expect(api.seen).toEqual([]);
  });

  it("that the API refuses is the API's answer", async () => {
    const api = await startApi();
    const { base, raw } = await start([api.origin]);
    api.server.on("upgrade", (_, socket) =>
      socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"),
    );
    expect(await raw(handshake(base))).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n[\s\S]*no$/);
  });

  it("ends on both sides when the broker does", async () => {
    const { base, broker, api } = await echoing();
    const socket = connect(Number(base.port), "127.0.0.1").on("error", () => {});
    const [[, far]] = (await Promise.all([
      once(api.server, "upgrade"),
      new Promise((resolve) => socket.write(handshake(base), resolve)),
    ])) as [[unknown, NodeJS.EventEmitter], unknown];
    await once(socket, "data");
    await Promise.all([broker.close(), once(socket.resume(), "close"), once(far, "close")]);
  });
});

it("an upstream that never answers ends with the broker", async () => {
  const api = await startApi(() => true);
  const { base, broker } = await start([api.origin]);
  const request = httpRequest(`${base.href}/stuck`).end();
  await once(api.server, "request");
  const failed = once(request, "error");
  await broker.close();
  expect(((await failed)[0] as Error).message).toMatch(/hang up|ECONNRESET/);
});

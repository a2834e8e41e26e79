import { describe, expect, onTestFinished, test } from "vitest";
import { CHUNK_BYTES, CREDIT_BYTES } from "../../src/protocol.js";
import type { ServeAuthOptions } from "../../src/main/index.js";
import type { WindowAuth } from "../../src/renderer/index.js";
import { connectTo, createTestApp, type TestApp } from "../support/app.js";
import { takePort } from "../support/raw-page.js";

const API = "https://api.example";
const EVERYTHING = [{ origin: API, methods: ["GET", "POST", "PUT"], pathPrefix: "/" }];

/** An app whose person is signed in, with an API that answers as told. */
async function createSignedIn(
  answer: (request: Request) => Response | Promise<Response>,
  fetch: ServeAuthOptions["fetch"] = EVERYTHING,
): Promise<TestApp & { auth: WindowAuth; asked: string[] }> {
  const asked: string[] = [];
  const app = await createTestApp({
    serve: { fetch },
    ports: ({ fetch: server }) => ({
      fetch: async (input, init) => {
        const request = new Request(input, init);
        if (!request.url.startsWith(API)) return server!(input, init);
        asked.push(`${request.method} ${request.url}`);
        return answer(request);
      },
    }),
  });
  const auth = await app.openConnected();
  await auth.signIn();
  return { ...app, auth, asked };
}

describe("which requests windows may make", () => {
  const rules = [
    { origin: API, methods: ["GET"], pathPrefix: "/notes" },
    { origin: API, methods: ["POST"], pathPrefix: "/drafts/" },
  ];

  test.each([
    ["GET", `${API}/notes`],
    ["GET", `${API}/notes?all=1`],
    ["GET", `${API}/notes/1`],
    ["GET", `${API}/other/../notes/1`],
    ["POST", `${API}/drafts/1`],
    ["POST", `${API}/drafts/`],
  ])("%s %s is on the list", async (method, url) => {
    const { auth, asked } = await createSignedIn(() => new Response("ok"), rules);
    expect((await auth.fetch(url, { method })).status).toBe(200);
    expect(asked).toHaveLength(1);
  });

  test.each([
    ["POST", `${API}/notes`],
    ["GET", `${API}/`],
    ["GET", `${API}/notes-of-others`],
    ["GET", `${API}/notes/../admin`],
    ["GET", `${API}/notes/%2e%2e/admin`],
    ["GET", `${API}/notes/..%2fadmin`],
    ["GET", `${API}/notes/%5c..%5cadmin`],
    ["GET", `${API}/Notes`],
    ["POST", `${API}/drafts`],
    ["GET", `${API}:444/notes`],
    ["GET", "http://api.example/notes"],
    ["GET", "https://api.example.evil.example/notes"],
    ["GET", "https://id.example/api"],
    ["GET", `blob:${API}/notes`],
  ])("%s %s is not", async (method, url) => {
    const { auth, asked, refused } = await createSignedIn(() => new Response("ok"), rules);
    await expect(auth.fetch(url, { method })).rejects.toMatchObject({
      name: "AuthError",
      code: "origin_not_allowed",
    });
    expect(asked).toEqual([]);
    expect(refused).toMatchObject([{ code: "not_allowed" }]);
  });

  test("none, as long as the app lists none", async () => {
    const { auth, asked } = await createSignedIn(() => new Response("ok"), []);
    await expect(auth.fetch(`${API}/notes`)).rejects.toMatchObject({ code: "origin_not_allowed" });
    expect(asked).toEqual([]);
  });

  test("a redirect leads to where the window may go itself, and nowhere else", async () => {
    const to = (path: string): Response => new Response(null, { status: 302, headers: { location: path } });
    const { auth, asked } = await createSignedIn(({ url }) => {
      if (url.endsWith("/notes/moved")) return to("/notes/here");
      if (url.endsWith("/notes/admin")) return to("/admin");
      if (url.endsWith("/notes/away")) return to("https://elsewhere.example/");
      return new Response("here");
    }, rules);
    const moved = await auth.fetch(`${API}/notes/moved`);
    expect(moved).toMatchObject({ redirected: true, url: `${API}/notes/here`, status: 200 });
    await expect(auth.fetch(`${API}/notes/admin`)).rejects.toMatchObject({ code: "origin_not_allowed" });
    await expect(auth.fetch(`${API}/notes/away`)).rejects.toMatchObject({ code: "origin_not_allowed" });
    await expect(auth.fetch(`${API}/notes/moved`, { redirect: "error" })).rejects.toThrow(TypeError);
    expect((await auth.fetch(`${API}/notes/moved`, { redirect: "manual" })).status).toBe(302);
    expect(asked).not.toContain(`GET ${API}/admin`);
  });
});

describe("a request and its answer", () => {
  test("look like those of fetch, with the token that the window never sees", async () => {
    const { auth } = await createSignedIn(async (request) => {
      const { method, headers } = request;
      return Response.json(
        {
          method,
          mine: headers.get("x-mine"),
          token: headers.get("authorization")?.slice(0, 7),
          body: await request.text(),
        },
        { status: 201, statusText: "Made", headers: { "x-theirs": "1", "set-cookie": "a=1" } },
      );
    });
    const headers = { "x-mine": "1", authorization: "Bearer forged" };
    const response = await auth.fetch(new URL(`${API}/notes#part`), { method: "POST", body: "é", headers });
    expect(response).toBeInstanceOf(Response);
    expect(response).toMatchObject({
      status: 201,
      statusText: "Made",
      ok: true,
      redirected: false,
      url: `${API}/notes`,
    });
    expect(response.headers.get("x-theirs")).toBe("1");
    expect(response.headers.has("set-cookie")).toBe(false);
    const copy = response.clone();
    expect(await response.json()).toEqual({ method: "POST", mine: "1", token: "Bearer ", body: "é" });
    expect(copy.url).toBe(response.url);
    expect(await copy.text()).toContain("POST");
  });

  test("a token that the API refuses is renewed, and a body that is small is sent again", async () => {
    let asked = 0;
    const { auth } = await createSignedIn(async (request) =>
      ++asked === 1
        ? new Response(null, { status: 401, headers: { "www-authenticate": 'Bearer error="invalid_token"' } })
        : new Response(await request.text()),
    );
    expect(await (await auth.fetch(API, { method: "POST", body: "again" })).text()).toBe("again");
    expect(asked).toBe(2);
  });

  test("bodies of megabytes go both ways, whole and in order", async () => {
    const { auth } = await createSignedIn((request) => new Response(request.body));
    const bytes = new Uint8Array(3_000_000).map((_, at) => at % 251);
    const response = await auth.fetch(API, { method: "PUT", body: bytes });
    expect(Buffer.from(await response.arrayBuffer()).equals(Buffer.from(bytes))).toBe(true);
  });

  test("an answer without a body, and an empty one", async () => {
    const { auth } = await createSignedIn(
      ({ url }) =>
        new Response(url.endsWith("/none") ? null : "", { status: url.endsWith("/none") ? 204 : 200 }),
    );
    expect((await auth.fetch(`${API}/none`)).body).toBeNull();
    expect(await (await auth.fetch(`${API}/empty`)).text()).toBe("");
  });

  test("a reader who pauses holds the API back, at 256 KB", async () => {
    let given = 0;
    const { auth } = await createSignedIn(
      () =>
        new Response(
          new ReadableStream({
            pull(controller) {
              given += CHUNK_BYTES;
              controller.enqueue(new Uint8Array(CHUNK_BYTES));
            },
          }),
        ),
    );
    const leaving = new AbortController();
    const response = await auth.fetch(API, { signal: leaving.signal });
    const reader = response.body!.getReader();
    await reader.read();
    // Granted, and one that waits for more.
    const most = CREDIT_BYTES + 3 * CHUNK_BYTES;
    expect(await standsStill(() => given)).toBeLessThanOrEqual(most);
    const before = given;
    await reader.read();
    expect(await standsStill(() => given)).toBeGreaterThan(before);
    leaving.abort();
    await expect(reader.read()).rejects.toMatchObject({ name: "AbortError" });
  });

  test("an API that does not read holds the window back, at 256 KB beside what main has", async () => {
    let given = 0;
    const { auth } = await createSignedIn(() => new Promise(() => {}));
    const body = new ReadableStream({
      pull(controller) {
        given += CHUNK_BYTES;
        controller.enqueue(new Uint8Array(CHUNK_BYTES));
      },
    });
    const leaving = new AbortController();
    const init = { method: "POST", body, duplex: "half", signal: leaving.signal } as RequestInit;
    const response = auth.fetch(API, init);
    expect(await standsStill(() => given)).toBeLessThanOrEqual(3 * CREDIT_BYTES);
    leaving.abort(new Error("enough"));
    await expect(response).rejects.toThrow("enough");
  });

  test("an abort, before the answer and within it, ends the request at the API with the reason here", async () => {
    const aborted: unknown[] = [];
    const { auth } = await createSignedIn(({ signal, url }) => {
      signal.addEventListener("abort", () => aborted.push(url));
      return url.endsWith("/slow")
        ? new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)))
        : new Response(new ReadableStream({ pull: () => new Promise(() => {}) }));
    });
    for (const path of ["/slow", "/body"]) {
      const leaving = new AbortController();
      const text = auth
        .fetch(`${API}${path}`, { signal: leaving.signal })
        .then((response) => response.text());
      // oxlint-disable-next-line no-await-in-loop
      await standsStill(() => 0);
      leaving.abort(new Error("enough"));
      // oxlint-disable-next-line no-await-in-loop
      await expect(text).rejects.toThrow("enough");
    }
    await expect.poll(() => aborted).toEqual([`${API}/slow`, `${API}/body`]);
    await expect(auth.fetch(API, { signal: AbortSignal.abort(new Error("before")) })).rejects.toThrow(
      "before",
    );
  });

  test("an API that is not there is a TypeError with the code", async () => {
    const { auth } = await createSignedIn(() => {
      const cause = Object.assign(new Error("connect"), { code: "ERR_CONNECTION_REFUSED" });
      throw new TypeError("fetch failed", { cause });
    });
    await expect(auth.fetch(API)).rejects.toMatchObject({
      name: "TypeError",
      message: "fetch failed",
      code: "ERR_CONNECTION_REFUSED",
    });
  });
});

describe("what ends a request", () => {
  const endless = (): Response => new Response(new ReadableStream({ pull: () => new Promise(() => {}) }));

  test("a sign-out, in whichever window, with signed_out", async () => {
    const { auth, openConnected } = await createSignedIn(endless);
    const text = (await auth.fetch(API)).text();
    const other = await openConnected();
    await other.signOut();
    await expect(text).rejects.toMatchObject({ name: "AuthError", code: "signed_out" });
    await expect(auth.fetch(API)).rejects.toMatchObject({ code: "signed_out" });
  });

  test("the end of the session by the server, with session_ended", async () => {
    const { auth, client, server } = await createSignedIn(endless);
    const text = (await auth.fetch(API)).text();
    server.endSessions();
    await client.getAccessToken({ forceRefresh: true }).catch(() => {});
    await expect(text).rejects.toMatchObject({ code: "session_ended" });
  });

  test.each(["destroy", "crash", "navigate"] as const)("the document's end: %s", async (how) => {
    const aborted: string[] = [];
    const { openWindow, refused } = await createSignedIn(({ signal, url }) => {
      signal.addEventListener("abort", () => aborted.push(url));
      return endless();
    });
    const window = await openWindow();
    await connectTo(window.webContents.page).fetch(`${API}/mine`);
    if (how === "destroy") window.destroy();
    if (how === "crash") window.webContents.crash();
    if (how === "navigate") await window.loadURL("app://notes/next");
    await expect.poll(() => aborted).toEqual([`${API}/mine`]);
    expect(refused).toEqual([]);
  });
});

describe("limits", () => {
  test("64 requests a document at once; the next is refused, and one that ended makes room", async () => {
    const open: ReadableStreamDefaultController[] = [];
    const { auth, refused } = await createSignedIn(
      () => new Response(new ReadableStream({ start: (controller) => void open.push(controller) })),
    );
    const running = await Promise.all(Array.from({ length: 64 }, () => auth.fetch(API)));
    await expect(auth.fetch(API)).rejects.toMatchObject({
      code: "temporarily_unavailable",
      detail: "too_many",
      retryable: true,
    });
    expect(refused).toMatchObject([{ code: "too_many" }]);
    open[0]!.close();
    await running[0]!.text();
    expect((await auth.fetch(API)).status).toBe(200);
  });

  test.each([
    [
      "more than was granted",
      (piece: Uint8Array) => Array.from({ length: 6 }, () => ({ type: "chunk", data: piece })),
    ],
    ["a piece that is too large", () => [{ type: "chunk", data: new Uint8Array(CHUNK_BYTES + 1) }]],
    ["a piece that is none", () => [{ type: "chunk", data: "text" }]],
    ["more credit than there is", () => [{ type: "credit", bytes: CREDIT_BYTES }]],
    ["something else", () => [{ type: "chunk", data: new Uint8Array(1), more: 1 }]],
    ["a body after its end", () => [{ type: "end" }, { type: "chunk", data: new Uint8Array(1) }]],
  ])("%s ends the request, and the app hears of it", async (_, messages) => {
    // An API that does not read: what is granted is used up.
    const { openWindow, refused } = await createSignedIn(() => new Promise(() => {}));
    const page = await takePort((await openWindow()).webContents.page);
    const { port1, port2 } = new MessageChannel();
    onTestFinished(() => port1.close());
    const request = { url: API, method: "POST", headers: [], redirect: "follow", hasBody: true };
    page.say({ type: "fetch", request }, [port2]);
    const failed = new Promise((resolve) =>
      port1.addEventListener("message", (event) => {
        const { data } = event as unknown as {
          readonly data: { readonly type: string; readonly error?: unknown };
        };
        if (data.type === "failure") resolve(data.error);
      }),
    );
    port1.start();
    const piece = new Uint8Array(CHUNK_BYTES);
    const list = messages(piece);
    // Main takes the first 256 KB for itself: those are granted anew.
    if (list.length === 6) for (const message of list) port1.postMessage(message);
    for (const message of list) port1.postMessage(message);
    expect(await failed).toMatchObject({ code: "invalid_config", detail: "malformed" });
    expect(refused).toMatchObject([{ code: "malformed" }]);
  });

  test("headers and addresses that are too long are refused", async () => {
    const { auth, refused } = await createSignedIn(() => new Response("ok"));
    const tooLong = { "x-long": "x".repeat(8_193) };
    const malformed = { code: "invalid_config", detail: "malformed" };
    await expect(auth.fetch(API, { headers: tooLong })).rejects.toMatchObject(malformed);
    await expect(auth.fetch(`${API}/${"x".repeat(8_192)}`)).rejects.toMatchObject(malformed);
    expect(refused.map(({ code }) => code)).toEqual(["malformed", "malformed"]);
  });
});

/** The value once nothing moves it any more. */
async function standsStill(read: () => number): Promise<number> {
  let before = -1;
  while (read() !== before) {
    before = read();
    for (let turn = 0; turn < 100; turn++)
      // oxlint-disable-next-line no-await-in-loop
      await new Promise((resolve) => setImmediate(resolve));
  }
  return before;
}

import { describe, expect, test } from "vitest";
import { CHUNK_BYTES, CREDIT_BYTES } from "../../src/wire.js";
import { connectTo } from "../support/app.js";
import { API, createSignedIn } from "../support/signed-in.js";
import { standsStill } from "../support/stands-still.js";

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

  test("a body of many small pieces goes over, whole and in order", async () => {
    const { auth } = await createSignedIn((request) => new Response(request.body));
    const bytes = new Uint8Array(2_000).map((_, at) => at % 251);
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at++) controller.enqueue(bytes.slice(at, at + 1));
        controller.close();
      },
    });
    const response = await auth.fetch(API, { method: "PUT", body, duplex: "half" });
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

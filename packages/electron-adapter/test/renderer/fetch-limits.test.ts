import { describe, expect, onTestFinished, test } from "vitest";
import { CHUNK_BYTES, CREDIT_BYTES } from "../../src/wire.js";
import { takePort } from "../support/raw-page.js";
import { API, createSignedIn } from "../support/signed-in.js";

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
    [
      "a part of a buffer, all of which has crossed",
      () => [{ type: "chunk", data: new Uint8Array(new ArrayBuffer(CHUNK_BYTES), 0, 1) }],
    ],
    [
      "small pieces without end, which take more memory than they have bytes",
      () => Array.from({ length: 600 }, () => ({ type: "chunk", data: new Uint8Array(1) })),
    ],
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

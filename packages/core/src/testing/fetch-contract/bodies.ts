// How a body comes in: its codings, its pieces, and no more of it than is asked for.
import { equal } from "../contract-case.js";
import type { FetchCase, WireAnswer } from "./wire.js";

const TEXT = "The same words again. ".repeat(5_000);

async function compressed(text: string, ...formats: CompressionFormat[]): Promise<Uint8Array> {
  let bytes = new Blob([text]).stream();
  for (const format of formats) bytes = bytes.pipeThrough(new CompressionStream(format));
  return new Uint8Array(await new Response(bytes).arrayBuffer());
}

export const BODIES: readonly FetchCase[] = [
  {
    name: "content codings are named in the request and taken off: gzip, deflate, deflate without its header, two at once",
    async run({ fetch, serve }) {
      const answers: Record<string, WireAnswer> = {
        "/gzip": coded("gzip", await compressed(TEXT, "gzip")),
        "/x-gzip": coded("X-GZip", await compressed(TEXT, "gzip")),
        "/deflate": coded("deflate", await compressed(TEXT, "deflate")),
        "/raw": coded("deflate", await compressed(TEXT, "deflate-raw")),
        "/both": coded("deflate, gzip", await compressed(TEXT, "deflate", "gzip")),
        "/plain": { body: TEXT },
      };
      const { origin, requests } = await serve(({ path }) => answers[path] ?? {});
      for (const path of Object.keys(answers)) {
        // oxlint-disable-next-line no-await-in-loop
        const response = await fetch(origin + path);
        // oxlint-disable-next-line no-await-in-loop
        equal((await response.text()) === TEXT, true);
      }
      equal(/gzip.*deflate/.test(requests[0]?.headers["accept-encoding"] ?? ""), true);
    },
  },
  {
    name: "a coding that is none is left on, and an empty body needs none",
    async run({ fetch, serve }) {
      const { origin } = await serve(({ path }) =>
        path === "/empty" ? coded("gzip", new Uint8Array()) : coded("rot13", "grkg"),
      );
      equal(await (await fetch(`${origin}/other`)).text(), "grkg");
      equal(await (await fetch(`${origin}/empty`)).text(), "");
    },
  },
  {
    name: "what claims a coding and has another is an error, not a body",
    async run({ fetch, serve }) {
      const { origin } = await serve(() => coded("gzip", "not gzip at all"));
      const response = await fetch(origin);
      const text = await response.text().catch((error: unknown) => error);
      equal(text instanceof TypeError, true);
    },
  },
  {
    name: "a reader that has had enough stops the sending, also of what unpacks to many times its size",
    async run({ fetch, serve }) {
      const bomb = await compressed("\0".repeat(4_000_000), "gzip");
      const endless = "x".repeat(65_536);
      const { origin, closed, sentBytes } = await serve(({ path }) =>
        path === "/bomb" ? coded("gzip", bomb) : { body: endless, ends: "endless" },
      );
      for (const path of ["/endless", "/bomb"]) {
        // oxlint-disable-next-line no-await-in-loop
        const reader = (await fetch(origin + path)).body!.getReader();
        let size = 0;
        // oxlint-disable-next-line no-await-in-loop
        while (size < 1_000_000) size += (await reader.read()).value!.byteLength;
        equal(size < 2_000_000, true);
        // oxlint-disable-next-line no-await-in-loop
        await reader.cancel();
        // oxlint-disable-next-line no-await-in-loop
        if (path === "/endless") await closed();
      }
      // What lies in the buffers of two systems on the way.
      equal(sentBytes() < 64_000_000, true);
    },
  },
  {
    name: "what nobody reads is not sent for",
    async run({ fetch, serve }) {
      const { origin, sentBytes, requests } = await serve(({ path }) =>
        path === "/endless" ? { body: "x".repeat(262_144), ends: "endless" } : {},
      );
      const reader = (await fetch(`${origin}/endless`)).body!.getReader();
      await reader.read();
      // Two hundred others take their time meanwhile.
      for (let n = 0; n < 200; n++) {
        // oxlint-disable-next-line no-await-in-loop
        await fetch(origin).then((response) => response.text());
      }
      equal(requests.length, 201);
      // What lies in the buffers of two systems on the way.
      equal(sentBytes() < 16_000_000, true);
      await reader.cancel();
    },
  },
  {
    name: "a body of 500 KB in many pieces is whole",
    async run({ fetch, serve }) {
      const body = "0123456789".repeat(50_000);
      const { origin } = await serve(() => ({ body, headers: [["transfer-encoding", "chunked"]] }));
      equal((await (await fetch(origin)).text()) === body, true);
    },
  },
];

function coded(coding: string, body: string | Uint8Array): WireAnswer {
  return { headers: [["content-encoding", coding]], body };
}

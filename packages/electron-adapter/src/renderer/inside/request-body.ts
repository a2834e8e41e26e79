// The body of a page's request: in pieces, as the main process takes them.
import type { FetchMessage } from "../../protocol.js";
import { CHUNK_BYTES, costOf, CREDIT_BYTES } from "../../wire.js";

export interface RequestBody {
  /** Rejects when the body cannot be read. */
  readonly failed: Promise<void>;
  readonly credit: (bytes: number) => void;
  readonly stop: () => void;
}

export function sendBody(
  body: ReadableStream<Uint8Array>,
  post: (message: FetchMessage) => void,
): RequestBody {
  const reader = body.getReader();
  const life = new AbortController();
  const { signal } = life;
  let credit = CREDIT_BYTES;
  let wake = (): void => {};

  async function run(): Promise<void> {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop
      const { done, value } = await reader.read();
      if (signal.aborted) return;
      if (done) return post({ type: "end" });
      for (let at = 0; at < value.byteLength; at += CHUNK_BYTES) {
        // A copy: of a part of a buffer all of it would cross.
        const data = value.slice(at, at + CHUNK_BYTES);
        // oxlint-disable-next-line no-await-in-loop
        while (credit < costOf(data) && !signal.aborted) await moreCredit();
        if (signal.aborted) return;
        credit -= costOf(data);
        post({ type: "chunk", data });
      }
    }
  }

  function moreCredit(): Promise<void> {
    return new Promise((resolve) => (wake = resolve));
  }

  return {
    failed: run(),
    credit(bytes: number): void {
      credit += bytes;
      wake();
    },
    stop(): void {
      if (signal.aborted) return;
      life.abort();
      wake();
      void reader.cancel().catch(() => {});
    },
  };
}

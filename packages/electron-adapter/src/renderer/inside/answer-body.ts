// The body of an answer, as a stream of the page: what was taken is granted anew.
import type { FetchMessage } from "../../protocol.js";

export interface AnswerBody {
  readonly stream: ReadableStream<Uint8Array>;
  /** Why it broke off, once it has. */
  readonly failure: () => { readonly reason: unknown } | undefined;
  readonly push: (bytes: Uint8Array) => void;
  readonly end: () => void;
  readonly fail: (reason: unknown) => void;
}

export function createAnswerBody(post: (message: FetchMessage) => void, onCancel: () => void): AnswerBody {
  const waiting: Uint8Array[] = [];
  let isEnded = false;
  let isOver = false;
  let failure: { readonly reason: unknown } | undefined;
  let wanted: (() => void) | undefined;
  let controller!: ReadableStreamDefaultController<Uint8Array>;

  const stream = new ReadableStream<Uint8Array>(
    {
      start(its) {
        controller = its;
      },
      pull: () => (give() ? undefined : new Promise<void>((resolve) => (wanted = resolve))),
      cancel() {
        isOver = true;
        if (!isEnded) onCancel();
      },
    },
    { highWaterMark: 0 },
  );

  /** Whether there was something to say. */
  function give(): boolean {
    const bytes = waiting.shift();
    if (bytes) {
      controller.enqueue(bytes);
      post({ type: "credit", bytes: bytes.byteLength });
      return true;
    }
    if (!isEnded || isOver) return isOver;
    isOver = true;
    controller.close();
    return true;
  }

  function wake(): void {
    if (!wanted || !give()) return;
    wanted();
    wanted = undefined;
  }

  return {
    stream,
    failure: () => failure,
    push(bytes: Uint8Array): void {
      waiting.push(bytes);
      wake();
    },
    end(): void {
      isEnded = true;
      wake();
    },
    fail(reason: unknown): void {
      if (isOver) return;
      failure = { reason };
      isOver = true;
      isEnded = true;
      waiting.length = 0;
      controller.error(reason);
      wanted?.();
    },
  };
}

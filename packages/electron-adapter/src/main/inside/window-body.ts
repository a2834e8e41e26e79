// The body of a window's request, piece by piece: no more is under way than was granted.
import { costOf, CREDIT_BYTES } from "../../wire.js";

export interface WindowBody {
  /** Takes a piece that has come. False when it is more than was granted. */
  push(bytes: Uint8Array): boolean;
  end(): void;
  fail(error: unknown): void;
  /** Whole, where it is small: then it can be sent again. Else a stream. */
  read(): Promise<Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>>;
}

/** `grant` tells the window that so much was taken, by `costOf`. */
export function createWindowBody(grant: (bytes: number) => void): WindowBody {
  const waiting: Uint8Array[] = [];
  let cost = 0;
  let isEnded = false;
  let failure: { readonly error: unknown } | undefined;
  let wake = (): void => {};

  async function next(): Promise<Uint8Array | undefined> {
    for (;;) {
      if (failure) throw failure.error;
      const bytes = waiting.shift();
      if (bytes) {
        cost -= costOf(bytes);
        grant(costOf(bytes));
        return bytes;
      }
      if (isEnded) return undefined;
      // oxlint-disable-next-line no-await-in-loop
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }

  function streamAfter(first: readonly Uint8Array[]): ReadableStream<Uint8Array> {
    const before = [...first];
    return new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const bytes = before.shift() ?? (await next());
          if (bytes) controller.enqueue(bytes);
          else controller.close();
        },
      },
      { highWaterMark: 0 },
    );
  }

  return {
    push(bytes) {
      cost += costOf(bytes);
      if (isEnded || cost > CREDIT_BYTES) return false;
      waiting.push(bytes);
      wake();
      return true;
    },
    end() {
      isEnded = true;
      wake();
    },
    fail(error) {
      failure ??= { error };
      waiting.length = 0;
      wake();
    },
    async read() {
      const parts: Uint8Array[] = [];
      for (let held = 0; held < CREDIT_BYTES;) {
        // oxlint-disable-next-line no-await-in-loop
        const bytes = await next();
        if (!bytes) return joined(parts);
        parts.push(bytes);
        held += costOf(bytes);
      }
      return streamAfter(parts);
    },
  };
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}

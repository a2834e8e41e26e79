// stdin as a contract reads it: to its end, or line by line, and never more than a request has.
import { AuthError } from "@loopkey/core/light";
import { abortable } from "../outcome/abortable.js";
import type { CommandIO } from "../terminal/io.js";

/** A request is far below. */
const LONGEST = 1_048_576;

export interface Input {
  readonly readAll: () => Promise<string>;
  readonly readLines: () => AsyncIterable<string>;
  /** The lines up to a blank one, or to the end: who asks so may keep stdin open. A carriage return is none of a line's. */
  readonly readBlock: () => Promise<readonly string[]>;
  /** Lets go of stdin, which would keep the process. */
  readonly end: () => void;
}

export function inputOf(io: CommandIO): Input {
  let chunks: AsyncIterator<Uint8Array | string> | undefined;

  async function* pieces(): AsyncGenerator<string, void> {
    if (!io.readInput) return;
    const decoder = new TextDecoder();
    chunks = io.readInput()[Symbol.asyncIterator]();
    const next = () => abortable(chunks!.next(), io.signal);
    // oxlint-disable-next-line no-await-in-loop
    for (let piece = await next(); !piece.done; piece = await next())
      yield typeof piece.value === "string" ? piece.value : decoder.decode(piece.value, { stream: true });
    yield decoder.decode();
  }

  async function* readLines(): AsyncGenerator<string, void> {
    let rest = "";
    for await (const piece of pieces()) {
      const lines = (rest + piece).split("\n");
      rest = lines.pop()!;
      if (rest.length > LONGEST) throw tooLong();
      yield* lines;
    }
    if (rest !== "") yield rest;
  }

  return {
    readLines,
    async readAll() {
      let text = "";
      for await (const piece of pieces()) {
        text += piece;
        if (text.length > LONGEST) throw tooLong();
      }
      return text;
    },
    async readBlock() {
      const lines: string[] = [];
      let length = 0;
      for await (const line of readLines()) {
        const text = line.replace(/\r$/, "");
        if (text === "") break;
        length += text.length;
        if (length > LONGEST) throw tooLong();
        lines.push(text);
      }
      return lines;
    },
    end: () => void chunks?.return?.(),
  };
}

function tooLong(): AuthError {
  return new AuthError("invalid_config", "What came on stdin is too long to be a request.", {
    detail: "stdin",
  });
}

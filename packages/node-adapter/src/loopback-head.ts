// Reads the head of one HTTP/1 request, and nothing behind it. By hand, not with node:http: its parser goes on with
// whatever follows on the connection, and 32 MB of requests of 18 bytes kept it, and the app, busy for 20 seconds.
import type { Refusal } from "./http-answer.js";

/** The request line and the fields of a request (RFC 9112 2.1). Nothing in it is known to make sense. */
export interface RequestHead {
  readonly method: string;
  readonly target: string;
  /** Names in lower case, values without the white space around them; in order, repetitions kept. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** What has been read so far: a part, or a request and how many bytes have come behind it, or nothing of use. */
export type HeadReading = "partial" | Refusal | { readonly head: RequestHead; readonly behind: number };

export type HeadReader = (chunk: Buffer) => HeadReading;

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const DELETE = 127;

/** `token` is that of RFC 9110 5.6.2. Neither expression can be made to try twice. */
const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e]+) HTTP\/1\.[01]$/;
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * Takes the bytes of one connection as they come. Strict where RFC 9112 leaves a choice: a line ends with CRLF, a field is
 * one line, no other control character is anywhere. A byte that no head can have is refused when it comes, not at the end.
 */
export function createHeadReader(maxBytes: number): HeadReader {
  // Only of a head that comes in parts; a browser's comes in one.
  let held: Buffer | undefined;
  let length = 0;
  let lineLength = 0;
  let previous = 0;

  return (chunk) => {
    const within = Math.min(chunk.length, maxBytes - length);
    for (let at = 0; at < within; at++) {
      const byte = chunk[at]!;
      if ((byte === LF) !== (previous === CR)) return malformed("a line break that is not CRLF");
      if (byte < SPACE ? byte !== TAB && byte !== CR && byte !== LF : byte === DELETE) {
        return malformed("a control character");
      }
      if (byte === LF) {
        if (lineLength === 0) return complete(chunk, at + 1);
        lineLength = 0;
      } else if (byte !== CR) lineLength++;
      previous = byte;
    }
    if (within < chunk.length) {
      return { status: 431, reason: "too_large", detail: "The URL and headers are over the limit" };
    }
    held ??= Buffer.allocUnsafe(maxBytes);
    chunk.copy(held, length);
    length += chunk.length;
    return "partial";
  };

  function complete(chunk: Buffer, end: number): HeadReading {
    const before = held ? held.toString("latin1", 0, length) : "";
    const head = parseHead(before + chunk.toString("latin1", 0, end));
    return head ? { head, behind: chunk.length - end } : malformed("no head of HTTP/1");
  }
}

/** `text` ends with an empty line. */
function parseHead(text: string): RequestHead | undefined {
  const [requestLine, ...lines] = text.slice(0, -4).split("\r\n");
  const [, method, target] = REQUEST_LINE.exec(requestLine!) ?? [];
  if (method === undefined || target === undefined) return undefined;
  const fields: [string, string][] = [];
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon));
    // Neither "Host :" nor the continuation of the line before is a field (RFC 9112 5.1, 5.2).
    if (!FIELD_NAME.test(name)) return undefined;
    fields.push([name.toLowerCase(), trim(line.slice(colon + 1))]);
  }
  return { method, target, fields };
}

/** Without the spaces and tabs around it. Not `trim()`, which takes U+00A0 too: that is a byte of the value. */
function trim(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value.charCodeAt(start))) start++;
  while (end > start && isBlank(value.charCodeAt(end - 1))) end--;
  return value.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

function malformed(what: string): Refusal {
  return { status: 400, reason: "malformed_request", detail: `The request has ${what}` };
}

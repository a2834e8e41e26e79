// Reads the head of one HTTP/1 request, and nothing behind it. By hand, not with node:http: its parser goes on with
// whatever follows on the connection, and 32 MB of requests of 18 bytes kept it, and the app, busy for 20 seconds.
import type { Refusal } from "./answer.js";

/** The request line and the fields of a request but its cookies (RFC 9112 2.1). Nothing in it is known to make sense. */
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
const COLON = 58;
const DELETE = 127;

/** `token` is that of RFC 9110 5.6.2. Neither expression can be made to try twice. */
const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e]+) HTTP\/1\.[01]$/;
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** A browser sends a host's cookies to all of its ports: what other servers on loopback, or a page of theirs, have set. */
const COOKIE = "cookie:";

/** Chromium keeps up to 180 cookies of 4 kB for a host. */
const MAX_COOKIE_BYTES = 1_048_576;

/**
 * Takes the bytes of one connection as they come. Strict where RFC 9112 leaves a choice: a line ends with CRLF, a field is
 * one line, no other control character is anywhere. A byte that no head can have is refused when it comes, not at the end.
 * Cookies are passed over: nobody here has set them, and they must not make the redirect too large.
 */
export function createHeadReader(maxBytes: number): HeadReader {
  // Not before there is something to hold: a spare connection costs nothing.
  let held: Buffer | undefined;
  let length = 0;
  let lineStart = 0;
  let lineLength = 0;
  let isCookie = false;
  let cookieBytes = 0;
  let previous = 0;

  return (chunk) => {
    held ??= Buffer.allocUnsafe(maxBytes);
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (isCookie ? cookieBytes++ === MAX_COOKIE_BYTES : length === maxBytes) {
        return { status: 431, reason: "too_large", detail: "The URL and headers are over the limit" };
      }
      if ((byte === LF) !== (previous === CR)) return malformed("a line break that is not CRLF");
      if (byte < SPACE ? byte !== TAB && byte !== CR && byte !== LF : byte === DELETE) {
        return malformed("a control character");
      }
      previous = byte;
      if (!isCookie) held[length++] = byte;
      if (byte === LF) {
        if (lineLength === 0) return complete(held, chunk.length - at - 1);
        lineStart = length;
        lineLength = 0;
        isCookie = false;
      } else if (byte !== CR) {
        lineLength++;
        if (byte === COLON && isCookieName(held)) {
          isCookie = true;
          length = lineStart;
        }
      }
    }
    return "partial";
  };

  /** Of a field, that is: the first line is none. */
  function isCookieName(bytes: Buffer): boolean {
    if (lineStart === 0 || lineLength !== COOKIE.length) return false;
    return bytes.toString("latin1", lineStart, length).toLowerCase() === COOKIE;
  }

  function complete(bytes: Buffer, behind: number): HeadReading {
    const head = parseHead(bytes.toString("latin1", 0, length));
    return head ? { head, behind } : malformed("no head of HTTP/1");
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

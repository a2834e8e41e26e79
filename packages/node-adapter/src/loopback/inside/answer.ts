// Answers as bytes: each ends its connection, and none lets a page on another site see, frame or embed it.
import type { StrayReason } from "@loopkey/core";

/** A request that is turned away. */
export interface Refusal {
  readonly status: 400 | 404 | 405 | 408 | 413 | 415 | 417 | 431;
  readonly reason: StrayReason;
  readonly detail?: string;
  /** Of 405: the one method that is taken. */
  readonly allow?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const PHRASES: Readonly<Record<number, string>> = {
  200: "OK",
  302: "Found",
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  417: "Expectation Failed",
  431: "Request Header Fields Too Large",
};

/** On every answer, refusals included: whatever comes from this port is for the person's own tab, now. */
const HEADERS = {
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cache-Control": "no-store",
  // The address may hold the code.
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  // For browsers that do not know frame-ancestors.
  "X-Frame-Options": "DENY",
  // Cuts the page off from whatever window opened it, and keeps other sites from embedding it.
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/** Sends the browser on. The location comes from the core, never from a request (RFC 9700 4.11). */
export function redirectAnswer(location: string): Answer {
  // Serialised anew: no line break can come through.
  return { status: 302, headers: { Location: new URL(location).href }, body: "" };
}

/** The answer to a stray request: tiny plain text that repeats nothing of the request. */
export function refusalAnswer({ status, allow }: Refusal): Answer {
  return {
    status,
    headers: {
      "Content-Type": "text/plain; charset=utf-8",
      ...(allow === undefined ? {} : { Allow: allow }),
    },
    body: `${PHRASES[status]}\n`,
  };
}

/** The bytes of an answer after which the connection ends. `withBody: false` for HEAD (RFC 9110 9.3.2). */
export function encodeAnswer({ status, headers, body }: Answer, { withBody = true } = {}): string {
  const lines = Object.entries({
    ...HEADERS,
    ...headers,
    "Content-Length": String(Buffer.byteLength(body)),
    Connection: "close",
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${PHRASES[status] ?? ""}\r\n${lines.join("")}\r\n${withBody ? body : ""}`;
}

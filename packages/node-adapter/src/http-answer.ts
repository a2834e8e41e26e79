// Answers as bytes. One way to answer for requests, broken requests and CONNECT, where Node has no response object.
import type { StrayReason } from "@loopkey/core";

/** A request that is turned away. */
export interface Refusal {
  readonly status: 400 | 404 | 405 | 408 | 417 | 431;
  readonly reason: StrayReason;
  readonly detail?: string;
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
  417: "Expectation Failed",
  431: "Request Header Fields Too Large",
};

/** Sends the browser on. The location comes from the core, never from a request (RFC 9700 4.11). */
export function redirectAnswer(location: string): Answer {
  // Serialised anew: no line break can come through.
  const headers = {
    Location: new URL(location).href,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
  };
  return { status: 302, headers, body: "" };
}

/** The answer to a stray request: tiny plain text that repeats nothing of the request. */
export function refusalAnswer({ status }: Refusal): Answer {
  return {
    status,
    headers: {
      "Content-Type": "text/plain; charset=utf-8",
      "Cache-Control": "no-store",
      "Referrer-Policy": "no-referrer",
      "X-Content-Type-Options": "nosniff",
      ...(status === 405 ? { Allow: "GET" } : {}),
    },
    body: `${PHRASES[status]}\n`,
  };
}

/** The bytes of an answer after which the connection ends. `withBody: false` for HEAD (RFC 9110 9.3.2). */
export function encodeAnswer({ status, headers, body }: Answer, { withBody = true } = {}): string {
  const lines = Object.entries({
    ...headers,
    "Content-Length": String(Buffer.byteLength(body)),
    Connection: "close",
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${PHRASES[status] ?? ""}\r\n${lines.join("")}\r\n${withBody ? body : ""}`;
}

// What must be true of a request before the core is asked about its URL.
import type { IncomingMessage } from "node:http";
import type { Refusal } from "./http-answer.js";

/** The URL that was asked for, or why it is not even considered. `redirectUri` is the one that is really bound. */
export function readRequest(request: IncomingMessage, redirectUri: URL): URL | Refusal {
  const { method, headers, url: target = "" } = request;
  if (method !== "GET") return { status: 405, reason: "wrong_method", detail: String(method) };

  const hosts = valuesOf(request, "host");
  // A page on another site whose name was pointed at 127.0.0.1 sends its own name (DNS rebinding).
  if (hosts.length !== 1 || hosts[0] !== redirectUri.host) {
    return {
      status: 400,
      reason: "wrong_host",
      detail: hosts.length === 1 ? `Host: ${printable(hosts[0]!)}` : `${hosts.length} Host headers`,
    };
  }
  if (headers.expect !== undefined) return malformed("an Expect header", 417);
  if (headers.upgrade !== undefined) return malformed("an Upgrade header");
  if (headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) !== 0) {
    return malformed("a body");
  }
  // Only origin-form (RFC 9112 3.2.1). It is appended, not resolved: "//evil/x" stays a path.
  if (!target.startsWith("/")) return malformed("a target that is not a path");
  const href = redirectUri.origin + target;
  if (target.includes("#") || !URL.canParse(href)) return malformed("a target that is not a URL");
  const url = new URL(href);
  // "/x/../callback" is not the path that was registered, whatever a parser makes of it.
  if (url.pathname !== target.split("?")[0]) {
    return { status: 404, reason: "wrong_path", detail: "a path that is not in its plain form" };
  }
  return url;
}

function malformed(what: string, status: 400 | 417 = 400): Refusal {
  return { status, reason: "malformed_request", detail: `The request has ${what}` };
}

/** Every value of a header: Node's `headers` keeps the first of several Host headers and says nothing. */
function valuesOf({ rawHeaders }: IncomingMessage, name: string): string[] {
  return rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]!.toLowerCase() === name);
}

/** Short and without control characters: what a stranger sent may end up in a log on a terminal. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 80);
}

// Redirects (Fetch standard, HTTP-redirect fetch).
import type { IncomingMessage } from "node:http";
import { fetchFailed } from "./exchange.js";
import type { OutgoingRequest } from "./outgoing.js";

const MOST_REDIRECTS = 20;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const HEADERS_OF_A_BODY = [
  "content-type",
  "content-length",
  "content-encoding",
  "content-language",
  "content-location",
];
const FOR_ONE_ORIGIN = ["authorization", "proxy-authorization", "cookie", "host"];

/**
 * How to go on from this answer; undefined when it is the one that was asked for. What is given back takes the number of
 * redirects before, and throws when there is no going on.
 */
export function redirectOf(
  request: OutgoingRequest,
  { statusCode = 0, headers: { location } }: IncomingMessage,
): ((before: number) => OutgoingRequest) | undefined {
  if (request.redirect === "manual" || location === undefined || !REDIRECTS.has(statusCode)) return undefined;
  return (before) => {
    if (request.redirect === "error") throw fetchFailed(new Error("unexpected redirect"));
    if (before >= MOST_REDIRECTS) throw fetchFailed(new Error("redirect count exceeded"));
    return redirected(request, statusCode, location);
  };
}

function redirected(request: OutgoingRequest, status: number, location: string): OutgoingRequest {
  // A header's bytes are read as Latin-1, an address is UTF-8.
  const address = Buffer.from(location, "latin1").toString();
  const url = URL.canParse(address, request.url.href) ? new URL(address, request.url.href) : undefined;
  if (!url || !["https:", "http:"].includes(url.protocol) || url.username || url.password)
    throw fetchFailed(new Error("the redirect leads to no http or https address"));
  url.hash = "";
  const becomesGet =
    status === 303 ? !["GET", "HEAD"].includes(request.method) : status <= 302 && request.method === "POST";
  const dropped = [
    ...(becomesGet ? HEADERS_OF_A_BODY : []),
    ...(url.origin === request.url.origin ? [] : FOR_ONE_ORIGIN),
  ];
  const headers = new Map([...request.headers].filter(([name]) => !dropped.includes(name)));
  return { ...request, url, headers, ...(becomesGet && { method: "GET", body: undefined }) };
}

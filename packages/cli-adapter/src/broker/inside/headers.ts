// Which headers go on, there and back.

export type HeaderPairs = readonly (readonly [name: string, value: string])[];

/** For one connection (RFC 9110 7.6.1). */
const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
];

/** What the broker says itself, or what would have the API believe something of its caller that the broker does not know. */
const NOT_THE_PROGRAMS = [
  "host",
  "authorization",
  "dpop",
  "cookie",
  "expect",
  "forwarded",
  "via",
  "x-real-ip",
  // Another method or path than the one that was allowed.
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
  "x-original-url",
  "x-rewrite-url",
];

/**
 * Where a request ends is said for the body that is sent, by whoever sends it: by the program's word, or without it where `Connection`
 * lists it, its body could be the API's next request.
 */
const FRAMING = "content-length";

const DROPPED_OF_REQUESTS = new Set([...HOP_BY_HOP, ...NOT_THE_PROGRAMS, FRAMING]);

/** A cookie of the API's would be as good as a token; a nonce is for who makes the proofs. */
const DROPPED_OF_ANSWERS = new Set([...HOP_BY_HOP, "set-cookie", "set-cookie2", "dpop-nonce", "alt-svc"]);

export function pairsOf(rawHeaders: readonly string[]): HeaderPairs {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) pairs.push([rawHeaders[at]!, rawHeaders[at + 1]!]);
  return pairs;
}

export function valuesOf(headers: HeaderPairs, name: string): readonly string[] {
  return headers.filter(([other]) => other.toLowerCase() === name).map(([, value]) => value);
}

export function headersToSend(headers: HeaderPairs): HeaderPairs {
  const listed = listedByConnection(headers);
  return headers.filter(([given]) => {
    // A server in CGI's tradition takes "_" for "-".
    const name = given.toLowerCase().replaceAll("_", "-");
    return !DROPPED_OF_REQUESTS.has(name) && !name.startsWith("x-forwarded-") && !listed.has(name);
  });
}

export function headersToAnswer(headers: HeaderPairs, location: (value: string) => string): HeaderPairs {
  const listed = listedByConnection(headers);
  return headers
    .filter(([name]) => !DROPPED_OF_ANSWERS.has(name.toLowerCase()) && !listed.has(name.toLowerCase()))
    .map(([name, value]) => [name, name.toLowerCase() === "location" ? location(value) : value] as const);
}

function listedByConnection(headers: HeaderPairs): ReadonlySet<string> {
  const listed = valuesOf(headers, "connection").flatMap((value) => value.split(","));
  return new Set(listed.map((name) => name.trim().toLowerCase()));
}

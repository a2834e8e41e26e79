// The parts of a request, each as it may be and as it may not.
import * as fc from "fast-check";

export interface Part<T> {
  readonly right: fc.Arbitrary<T>;
  readonly wrong: fc.Arbitrary<T>;
}

export interface Parts {
  readonly method: Part<string>;
  readonly path: Part<string>;
  /** With its question mark. */
  readonly query: Part<string>;
  readonly version: Part<string>;
  readonly space: Part<string>;
  readonly lineEnd: Part<string>;
  /** Lines. */
  readonly host: Part<readonly string[]>;
  readonly fields: Part<readonly string[]>;
}

const one = fc.constantFrom<string[]>;

/** Hostile, in whatever place: what parsers, terminals, logs and shells have stumbled over. */
const noise = fc.oneof(
  one(
    "",
    " ",
    "\t",
    "\0",
    "\x0b",
    "\x7f",
    "\x1b[31m",
    "\xa0",
    "\xff\xfe",
    "\xc0\x80",
    "\xe2\x80\xae",
    "%",
    "%00",
    "%zz",
  ),
  one(
    "<script>alert(1)</script>",
    "' OR 1=1--",
    "${jndi:ldap://x}",
    "../../etc/passwd",
    "%0d%0aSet-Cookie:a=b",
  ),
  fc.string({ unit: "binary", maxLength: 30 }).map((text) => Buffer.from(text).toString("latin1")),
  fc.integer({ min: 1, max: 40_000 }).map((length) => "a".repeat(length)),
);

const rightQuery = fc
  .record({
    order: fc.shuffledSubarray(["code={code}", "state={state}", "iss={iss}"], { minLength: 3 }),
    more: one(
      "",
      "&x=y",
      "&session_state=1.2",
      "&a&&b=",
      "&x=%zz",
      "&scope=openid+email",
      `&x=${"y".repeat(3_000)}`,
    ),
    name: one("state=", "st%61te=", "%73tate="),
  })
  .map(({ order, more, name }) => `?${order.join("&")}${more}`.replace("state=", name));

const wrongQuery = fc.oneof(
  // prettier-ignore
  one(
    "", "?", "?code={code}", "?code={code}&iss={iss}", "?state={state}x&code={code}", "?state=&code={code}",
    "?state={code}&code={code}", "?code={code}&state={state}&state={state}", "?state=x&code={code}&state={state}",
    "?code={code}&state={state}&state=", "?code={code}&State={state}", "?code={code}&state[]={state}",
    "?code={code};state={state}", "?code={code}&state={state}%00", "?code={code}&state=%20{state}",
    "?code={code}&state+={state}", "?error=access_denied", "?error=access_denied&state=forged",
    "?error=server_error&error=access_denied", "?error=access_denied&error_description=<b>hello</b>&state=",
    "?error=access_denied&state={state}&state=x", "?code={code}&error=login_required&state=x{state}",
    "?code={code}#state={state}", "#code={code}&state={state}",
  ),
  noise.map((text) => `?code={code}&state=${text}`),
);

const rightFields = fc.subarray([
  "Accept: text/html,*/*;q=0.8",
  "Accept-Encoding: gzip, deflate, br, zstd",
  "Authorization: Basic AAAA",
  "Connection: keep-alive",
  "Connection: Host, close",
  "Content-Length: 0",
  `Cookie: ${"c=".padEnd(4_000, "d")}`,
  "DNT: 1",
  "Forwarded: host=evil.example",
  "If-None-Match: *",
  "Max-Forwards: 0",
  "Origin: https://evil.example",
  "Proxy-Connection: keep-alive",
  "Range: bytes=0-0",
  "Referer: https://id.example/",
  "Sec-Fetch-Dest: document",
  "Sec-Fetch-Mode: navigate",
  "Sec-Fetch-Site: cross-site",
  "TE: trailers",
  "Trailer: Host",
  "Upgrade-Insecure-Requests: 1",
  "User-Agent: Mozilla/5.0 \xe9\xff",
  "X-Forwarded-Host: evil.example",
  "X-HTTP-Method-Override: POST",
  "X-Original-URL: /other",
  "X:",
  "X:\t \t",
]);

const wrongFields = fc.oneof(
  // prettier-ignore
  one(
    "Content-Length: 5", "Content-Length: -1", "Content-Length: +0", "Content-Length: 0x0", "Content-Length: 00",
    "Content-Length: 1e3", "Content-Length:", "Content-Length: 0, 0", "Content-Length: 0\tx",
    "Content-Length: 99999999999999999999", "Content-Length: 0\r\nContent-Length: 5", "Content-Length\x0b: 0",
    "Transfer-Encoding: chunked", "Transfer-Encoding: identity", "Transfer-Encoding: xchunked", "Transfer-Encoding:",
    "Transfer-Encoding:\x0bchunked", "Transfer-Encoding: chunked, identity", "Transfer-Encoding : chunked",
    "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", "Content-Length: 3\r\nTransfer-Encoding: chunked",
    "Expect: 100-continue", "Expect: miracles", "Expect:", "Upgrade: websocket", "Upgrade: h2c\r\nHTTP2-Settings: AAA",
    "Sec-Fetch-Dest: image", "Sec-Fetch-Dest: iframe", "Sec-Fetch-Dest: empty", "Sec-Fetch-Dest: script",
    "Sec-Fetch-Dest: document\r\nSec-Fetch-Dest: frame", "Sec-Fetch-Dest: document, image", "Sec-Purpose: prefetch",
    "X: a\r\n b", "X: a\r\n\tHost: {host}", " X: a", "\tX: a", ": a", "X", "Na me: a", "X : a", "N\xe9: a", "X\0: a",
    "X: a\rb", "X: a\nb", "X: a\r\r", "X: \0", "X: \x7f", "X: \x1b", `X: ${"x".repeat(20_000)}`,
    `X: ${"x".repeat(300_000)}`, `${"x".repeat(20_000)}: a`,
  ),
  fc.integer({ min: 4_100, max: 8_000 }).map((count) => "a:b\r\n".repeat(count).slice(0, -2)),
  noise.map((text) => `X${text}\0: a`),
  noise.map((text) => `X: ${text}\x01`),
);

const wrongHosts = fc.oneof(
  // prettier-ignore
  one(
    "", " ", "evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:", "127.0.0.1:1", "127.0.0.1:0{port}",
    "127.0.0.1:{port}0", "127.0.0.1.:{port}", "127.0.0.1:{port}.", "127.1:{port}", "0x7f.1:{port}", "2130706433:{port}",
    "127.0.0.2:{port}", "0.0.0.0:{port}", "localhost:{port}", "LOCALHOST:{port}", "[::1]:{port}",
    "[::ffff:127.0.0.1]:{port}", "user@{host}", "user:pass@{host}", "http://{host}", "{host}/", "{host}#", "{host}?",
    "{host}, {host}", "{host} {host}", "{host},evil.example", "evil.example, {host}", "{host}\xa0", "\xa0{host}", "{host}%20",
    "127.0.0.1:{port}@evil.example", "127.0.0.1.nip.io:{port}", "{host}:{port}",
  ),
  noise.map((text) => `x${text}{host}`),
);

export const PARTS: Parts = {
  method: {
    right: fc.constant("GET"),
    wrong: fc.oneof(
      // prettier-ignore
      one(
        "get", "Get", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH", "PRI", "M-SEARCH", "GETT", "GE",
        "", "G ET", "G\tET", " GET", "\tGET", "\r\nGET", "\nGET", "\0GET", "GET\0", "G\xc9T", "\xef\xbb\xbfGET", "GET /x", "$",
      ),
      noise.map((text) => `X${text}`),
    ),
  },
  path: {
    right: fc.constant("/callback"),
    wrong: fc.oneof(
      // prettier-ignore
      one(
        "/", "", "*", "callback", "/callback/", "//callback", "/Callback", "/call%62ack", "/callback%00", "/callback%20",
        "/x/../callback", "/./callback", "/callback/.", "/%2e/callback", "/x/%2e%2e/callback", "/callback;x=y", "\\callback",
        "/\\callback", "/callback\\", "/favicon.ico", "/callback/../callback", "http://{host}/callback",
        "http://evil.example/callback", "https://{host}/callback", "HTTP://{host}/callback", "//{host}/callback",
        "//evil.example/callback", "///callback", "{host}", "evil.example:443", "javascript:alert(1)", "file:///callback",
        "/callback\xc3\xa9", "/callback\xe9", "/callback\0", "/callback\t", "/call\tback", "/callback\x7f", "/callback%",
        "/callback%zz", "/callback%c0%af", "/callback%u0041", "@evil.example/callback", ":80/callback",
      ),
      noise.map((text) => `/x${text}`),
    ),
  },
  query: { right: rightQuery, wrong: wrongQuery },
  version: {
    right: one("HTTP/1.1", "HTTP/1.0"),
    wrong: fc.oneof(
      // prettier-ignore
      one(
        "", "HTTP/0.9", "HTTP/1.2", "HTTP/1.10", "HTTP/1.01", "HTTP/01.1", "HTTP/2.0", "HTTP/2", "HTTP/3.0", "HTTP/1",
        "HTTP/1.", "HTTP/.1", "HTTP/1.-1", "HTTP/1,1", "http/1.1", "Http/1.1", "HTTP /1.1", "HTTP/ 1.1", "HTTP/1.1 ",
        "HTTP/1.1\t", "HTTP/1.1 HTTP/1.1", "HTTPS/1.1", "ICE/1.0", "RTSP/1.0", "SIP/2.0", "XHTTP/1.1", "HTTP/\xb9.1", "HTTP/1.1\0",
      ),
      noise.map((text) => `HTTP/1.1${text}x`),
    ),
  },
  space: {
    right: fc.constant(" "),
    wrong: one("", "  ", "\t", " \t", "\x0b", "\x0c", "\xa0", "\0", "\r", "\n", "+", "%20"),
  },
  lineEnd: {
    right: fc.constant("\r\n"),
    wrong: one("", "\n", "\r", "\n\r", "\r\r\n", "\r\n\r\n", "\r\n ", "\x0b", "\xc2\x85", "\0\r\n"),
  },
  host: {
    right: one("Host: {host}", "Host:{host}", "host: {host}", "HOST:\t{host}", "Host: \t {host}\t ").map(
      (line) => [line],
    ),
    wrong: fc.oneof(
      wrongHosts.map((host) => [`Host: ${host}`]),
      // prettier-ignore
      fc.constantFrom(
        [], ["Host: {host}", "Host: {host}"], ["Host: {host}", "Host: evil.example"], ["Host: evil.example", "Host: {host}"],
        ["Host: {host}", "host:"], ["Host : {host}"], ["Host\t: {host}"], [" Host: {host}"], ["X-Host: {host}"], ["Host {host}"],
        ["Host;{host}"], ["Host:\r\n {host}"], ["Host: {host}\r\n evil.example"], ["Host: {host}\r"], ["H\0st: {host}"],
      ),
    ),
  },
  fields: {
    right: rightFields,
    wrong: fc
      .record({ before: rightFields, wrong: wrongFields })
      .map(({ before, wrong }) => [...before, wrong]),
  },
};

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createHeadReader,
  type HeadReading,
  type RequestHead,
} from "../../src/loopback/inside/request-head.js";
import { processorMs } from "../support/processor-time.js";

const LIMIT = 16_384;

/** The first reading that is not `partial`, of bytes that come in these parts. */
function read(parts: readonly (string | Buffer)[], maxBytes = LIMIT): HeadReading {
  const reader = createHeadReader(maxBytes);
  for (const part of parts) {
    const reading = reader(Buffer.from(part as string, "latin1"));
    if (reading !== "partial") return reading;
  }
  return "partial";
}

function headOf(...parts: readonly string[]): RequestHead {
  const reading = read(parts);
  if (reading === "partial" || "reason" in reading) throw new Error(JSON.stringify(reading));
  return reading.head;
}

const token = fc.string({
  unit: fc.constantFrom(...Array.from("!#$%&'*+-.^_`|~0189AZaz")),
  minLength: 1,
  maxLength: 12,
});
const target = fc.string({ unit: charactersFrom(0x21, 0x7e), minLength: 1, maxLength: 40 });
const value = fc
  .string({
    unit: fc.oneof(charactersFrom(0x21, 0x7e), charactersFrom(0x80, 0xff), fc.constantFrom(" ", "\t")),
  })
  .map((text) => text.replace(/^[ \t]+|[ \t]+$/g, ""));
const blank = fc.string({ unit: fc.constantFrom(" ", "\t"), maxLength: 3 });
const head = fc.record({
  method: token,
  target,
  fields: fc.array(fc.tuple(token, blank, value, blank), { maxLength: 8 }),
});

describe("the head of a request", () => {
  test("is read as it was written, in however many parts it comes, and what is behind it is only counted", () => {
    fc.assert(
      fc.property(
        head,
        fc.uint8Array({ maxLength: 20 }),
        fc.array(fc.nat(400), { maxLength: 8 }),
        ({ method, target, fields }, behind, cuts) => {
          const lines = fields.map(([name, before, text, after]) => `${name}:${before}${text}${after}\r\n`);
          const text = `${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`;
          const bytes = Buffer.concat([Buffer.from(text, "latin1"), behind]);
          const reader = createHeadReader(LIMIT);
          let reading: HeadReading = "partial";
          let taken = 0;
          for (const end of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
            const part = bytes.subarray(taken, end);
            taken += part.length;
            reading = reader(part);
            if (reading !== "partial") break;
          }
          expect(reading).toEqual({
            head: { method, target, fields: fields.map(([name, , text]) => [name.toLowerCase(), text]) },
            behind: taken - text.length,
          });
        },
      ),
    );
  });

  test("is the same when it is split at any byte", () => {
    const text =
      "GET /callback?code=c&state=s HTTP/1.1\r\nHost:127.0.0.1:1\r\nCookie: a=b\r\nA: b\r\nA:\t\r\n\r\n";
    const whole = read([text]);
    expect(whole).toMatchObject({
      head: {
        fields: [
          ["host", "127.0.0.1:1"],
          ["a", "b"],
          ["a", ""],
        ],
      },
    });
    for (let at = 1; at < text.length; at++) expect(read([text.slice(0, at), text.slice(at)])).toEqual(whole);
    expect(read(text.split(""))).toEqual(whole);
  });

  test("may have the version 1.0, and no other protocol or version", () => {
    expect(headOf("GET / HTTP/1.0\r\n\r\n").method).toBe("GET");
    for (const version of [
      "HTTP/0.9",
      "HTTP/1.2",
      "HTTP/2.0",
      "HTTP/1.11",
      "http/1.1",
      "ICE/1.0",
      "RTSP/1.0",
      "",
    ])
      expect(read([`GET / ${version}\r\n\r\n`])).toMatchObject({ reason: "malformed_request" });
  });

  test.each([
    ["nothing before the empty line", "\r\n"],
    ["an empty line first", "\r\nGET / HTTP/1.1\r\n\r\n"],
    ["two spaces", "GET  / HTTP/1.1\r\n\r\n"],
    ["a tab for a space", "GET\t/ HTTP/1.1\r\n\r\n"],
    ["a space at the end of the line", "GET / HTTP/1.1 \r\n\r\n"],
    ["no target", "GET HTTP/1.1\r\n\r\n"],
    ["a method that is no token", "G@T / HTTP/1.1\r\n\r\n"],
    ["a target with a byte that is not ASCII", "GET /\xe9 HTTP/1.1\r\n\r\n"],
    ["a target with a space", "GET /a b HTTP/1.1\r\n\r\n"],
    ["a NUL", "GET /\0 HTTP/1.1\r\n\r\n"],
    ["a DEL", "GET /\x7f HTTP/1.1\r\n\r\n"],
    ["a DEL in a field", "GET / HTTP/1.1\r\nA: \x7f\r\n\r\n"],
    ["a NUL in a field", "GET / HTTP/1.1\r\nA: \0\r\n\r\n"],
    ["LF for CRLF", "GET / HTTP/1.1\n\n"],
    ["an LF in a field", "GET / HTTP/1.1\r\nA: b\nHost: c\r\n\r\n"],
    ["a CR in a field", "GET / HTTP/1.1\r\nA: b\rHost: c\r\n\r\n"],
    ["CRCRLF", "GET / HTTP/1.1\r\r\n\r\n"],
    ["a field without a name", "GET / HTTP/1.1\r\n: a\r\n\r\n"],
    ["a field without a colon", "GET / HTTP/1.1\r\nHost\r\n\r\n"],
    ["a space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n"],
    ["a field in two lines", "GET / HTTP/1.1\r\nA: b\r\n c: d\r\n\r\n"],
    ["a TLS handshake", "\x16\x03\x01\x02"],
  ])("is refused with %s", (_, text) => {
    expect(read([text])).toMatchObject({ status: 400, reason: "malformed_request" });
    expect(read(text.split(""))).toMatchObject({ status: 400, reason: "malformed_request" });
  });

  test("is refused when the wrong byte comes, not when the rest has come", () => {
    expect(read(["GET / HTTP/1.1\nHost: a"])).toMatchObject({ reason: "malformed_request" });
    expect(read(["GET / HTTP/1.1\r", "X"])).toMatchObject({ reason: "malformed_request" });
  });

  test("may have as many bytes as the limit, and not one more", () => {
    const text = "GET / HTTP/1.1\r\nA: b\r\n\r\n";
    for (const parts of [[text], text.split("")]) {
      expect(read(parts, text.length)).toMatchObject({ head: { method: "GET" }, behind: 0 });
      expect(read(parts, text.length - 1)).toMatchObject({ status: 431, reason: "too_large" });
    }
  });

  test("is read without its cookies, as many as a browser has of other servers on loopback", () => {
    const cookies = Array.from({ length: 180 }, (_, i) => `c${i}=${"x".repeat(4_090 - String(i).length)}`);
    const text = `GET / HTTP/1.1\r\nHost: a\r\nCookie: ${cookies.join("; ")}\r\nA: b\r\ncOOKIE:\r\n\r\n`;
    const fields = [
      ["host", "a"],
      ["a", "b"],
    ];
    expect(headOf(text).fields).toEqual(fields);
    for (const size of [65_535, 4_093, 7]) {
      const parts = text.match(new RegExp(`[^]{1,${size}}`, "g"))!;
      expect(read(parts)).toMatchObject({ head: { fields }, behind: 0 });
    }
  });

  test("is too large with more cookies than any browser has, or with as much under another name", () => {
    const megabyte = "x".repeat(1_048_576);
    expect(read([`GET / HTTP/1.1\r\nCookie: ${megabyte}`])).toMatchObject({ reason: "too_large" });
    const halves = `Cookie: ${megabyte.slice(0, 524_288)}\r\n`.repeat(2);
    expect(read([`GET / HTTP/1.1\r\n${halves}\r\n`])).toMatchObject({ reason: "too_large" });
    for (const name of ["Cookie2", "XCookie", "Cooki", "Set-Cookie"]) {
      const text = `GET / HTTP/1.1\r\n${name}: ${"x".repeat(LIMIT)}\r\n\r\n`;
      expect(read([text]), name).toMatchObject({ status: 431, reason: "too_large" });
    }
  });

  test("keeps its rules where cookies are", () => {
    for (const text of [
      "Cookie: /x HTTP/1.1\r\nGET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nCookie: a\nHost: b\r\n\r\n",
      "GET / HTTP/1.1\r\nCookie: a\rb\r\n\r\n",
      "GET / HTTP/1.1\r\nCookie: \0\r\n\r\n",
      "GET / HTTP/1.1\r\nCookie : a\r\n\r\n",
      "GET / HTTP/1.1\r\nCookie: a\r\n b: c\r\n\r\n",
    ]) {
      expect(read([text]), text).toMatchObject({ status: 400, reason: "malformed_request" });
      expect(read(text.split("")), text).toMatchObject({ status: 400, reason: "malformed_request" });
    }
  });

  test("costs no more for bytes that were chosen to be slow", async () => {
    const fill = LIMIT - "GET / HTTP/1.1\r\nA: \r\n\r\n".length;
    const blanks = `GET / HTTP/1.1\r\nA: ${" ".repeat(fill - 1)}x\r\n\r\n`;
    const spent = await processorMs(() => {
      for (let n = 0; n < 200; n++) {
        expect(headOf(blanks).fields[0]).toEqual(["a", "x"]);
        expect(read([`GET / HTTP/1.1\r\n${"a".repeat(fill)}\r\n\r\n`])).toMatchObject({ status: 400 });
        expect(read([`GET / HTTP/1.1\r\n${"a:\r\n".repeat(fill >> 2)}\r\n`])).toMatchObject({ behind: 0 });
      }
    });
    // A tenth of a millisecond each, here; a search that tries again for each byte takes a hundred times that.
    expect(spent).toBeLessThan(3_000);
  });
});

function charactersFrom(first: number, last: number): fc.Arbitrary<string> {
  return fc.integer({ min: first, max: last }).map((code) => String.fromCharCode(code));
}

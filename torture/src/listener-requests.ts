// Requests to a loopback listener, from good to hostile: each part right or wrong by itself. What depends on the wait
// stands in braces, so that a seed means the same again.
import * as fc from "fast-check";
import { PARTS } from "./listener-parts.js";

/** How the bytes are sent. Everything but `reset` waits until the listener closes. */
export type Delivery =
  | { readonly how: "whole" | "half-close" | "reset" }
  /** In parts, with a turn in between; `every` byte by itself, where they are not too many. */
  | { readonly how: "split"; readonly cuts: readonly number[] | "every" }
  /** Only so many of the bytes; then the end, a reset, or silence. */
  | { readonly how: "cut"; readonly keep: number; readonly ending: "end" | "reset" | "silence" };

export interface Attack {
  /** For the figures: the part that is wrong. */
  readonly kind: string;
  /** In latin1, with `{host}`, `{port}`, `{state}`, `{code}` and `{iss}` to be filled in. */
  readonly text: string;
  readonly delivery: Delivery;
  /** Whether it is the redirect that is waited for, in one of the forms it may have. */
  readonly isGood: boolean;
}

/** The values of one wait. */
export interface Blanks {
  readonly host: string;
  readonly port: string;
  readonly state: string;
  readonly code: string;
  readonly iss: string;
}

/** From the redirect that would end the wait. */
export function blanksOf(redirect: string): Blanks {
  const { host, port, searchParams } = new URL(redirect);
  const value = (name: string) => encodeURIComponent(searchParams.get(name)!);
  return { host, port, state: value("state"), code: value("code"), iss: value("iss") };
}

export function fillIn(text: string, blanks: Blanks): Buffer {
  const filled = text.replace(/\{(host|port|state|code|iss)\}/g, (_, name: keyof Blanks) => blanks[name]);
  return Buffer.from(filled, "latin1");
}

/** Most are wrong in one part, as what nearly passes is what must not; one in some hundreds is good. */
export function attacks(): fc.Arbitrary<Attack> {
  return fc.oneof(
    { weight: 1, arbitrary: structured(0, 0) },
    { weight: 320, arbitrary: structured(1, 1) },
    { weight: 80, arbitrary: structured(2, 4) },
    { weight: 40, arbitrary: mutated },
    { weight: 20, arbitrary: words },
    { weight: 20, arbitrary: fc.uint8Array({ maxLength: 500 }).map(fromBytes) },
  );
}

const NAMES = [...Object.keys(PARTS), "delivery"];

/** A request of which so many parts are wrong. */
function structured(minLength: number, maxLength: number): fc.Arbitrary<Attack> {
  return fc
    .record({
      wrong: fc.subarray(NAMES, { minLength, maxLength }),
      parts: fc.record({
        method: fc.record(PARTS.method),
        path: fc.record(PARTS.path),
        query: fc.record(PARTS.query),
        version: fc.record(PARTS.version),
        space: fc.record(PARTS.space),
        lineEnd: fc.record(PARTS.lineEnd),
        host: fc.record(PARTS.host),
        fields: fc.record(PARTS.fields),
      }),
      behind: fc.option(PARTS_BEHIND, { nil: "", freq: 6 }),
      delivery: fc.record({ right: rightDelivery, wrong: wrongDelivery }),
    })
    .map(({ wrong, parts, behind, delivery }) => {
      const isWrong = new Set<string>(wrong);
      const pick = <T>(name: string, part: { readonly right: T; readonly wrong: T }): T =>
        isWrong.has(name) ? part.wrong : part.right;
      const sent = pick("delivery", delivery);
      // A good redirect whose sender is gone may be accepted or not: it is not sent.
      const query = sent.how === "reset" ? "?code={code}&state=other" : pick("query", parts.query);
      const space = pick("space", parts.space);
      const target = pick("path", parts.path) + query;
      const lines = [
        [pick("method", parts.method), target, pick("version", parts.version)].join(space),
        ...pick("host", parts.host),
        ...pick("fields", parts.fields),
      ];
      const lineEnd = pick("lineEnd", parts.lineEnd);
      const head = lines.map((line) => `${line}${lineEnd}`).join("") + lineEnd;
      // One that has no end would only be waited for; `silence` does that.
      const isEndless = !head.includes("\r\n\r\n") && sent.how !== "reset" && sent.how !== "cut";
      return {
        kind: wrong.length === 0 ? "good" : wrong.length === 1 ? wrong[0]! : "several",
        text: sent.how === "cut" || isEndless ? head : head + behind,
        delivery: isEndless ? { how: "half-close" } : sent,
        isGood: wrong.length === 0,
      };
    });
}

const PARTS_BEHIND = fc.constantFrom(
  "GET /callback?code={code}&state={state}&iss={iss} HTTP/1.1\r\nHost: {host}\r\n\r\n",
  "GET / HTTP/1.1\r\n\r\n".repeat(500),
  "\r\n",
  "\0",
  "5\r\nhello\r\n0\r\n\r\n",
  "ffffffffffffffff\r\n",
  "x".repeat(100_000),
);

const rightDelivery: fc.Arbitrary<Delivery> = fc.oneof(
  { weight: 60, arbitrary: fc.constant<Delivery>({ how: "whole" }) },
  { weight: 20, arbitrary: fc.constant<Delivery>({ how: "half-close" }) },
  {
    weight: 20,
    arbitrary: fc
      .array(fc.nat(300), { minLength: 1, maxLength: 6 })
      .map((cuts): Delivery => ({ how: "split", cuts: cuts.toSorted((a, b) => a - b) })),
  },
  { weight: 1, arbitrary: fc.constant<Delivery>({ how: "split", cuts: "every" }) },
);

const wrongDelivery: fc.Arbitrary<Delivery> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Delivery>({ how: "reset" }) },
  {
    weight: 6,
    arbitrary: fc.record({
      how: fc.constant("cut" as const),
      keep: fc.nat(60),
      // Silence takes as long as the time limit.
      ending: fc.oneof(
        { weight: 20, arbitrary: fc.constantFrom("end" as const, "reset" as const) },
        { weight: 1, arbitrary: fc.constant("silence" as const) },
      ),
    }),
  },
);

/** One byte of a redirect is another, or is there twice, or not at all. Its state is wrong: no change of one makes it right. */
const mutated: fc.Arbitrary<Attack> = fc
  .record({
    at: fc.nat(120),
    by: fc.oneof(
      fc.nat(255).map((code) => String.fromCharCode(code)),
      fc.constantFrom("", "\r\n", "\r\n\r\n", "\n"),
    ),
    instead: fc.boolean(),
  })
  .map(({ at, by, instead }) => {
    const text =
      "GET /callback?code={code}&state=evil&iss={iss} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n\r\n";
    return ended("mutated", text.slice(0, at) + by + text.slice(instead ? at + 1 : at));
  });

const words: fc.Arbitrary<Attack> = fc
  // prettier-ignore
  .array(
    fc.constantFrom(
      "GET ",
      "POST ",
      "/callback",
      "?state=",
      "{state}",
      "&code={code}",
      " HTTP/1.1",
      " HTTP/1.0",
      "\r\n",
      "\n",
      "\r",
      "Host: ",
      "{host}",
      "Content-Length: 3",
      "Transfer-Encoding: chunked",
      "\0",
      ":",
      " ",
      "//",
      "http://",
      "%00",
      "%",
      "Expect: 100-continue",
      "Upgrade: h2c",
      "\xc3\xa9",
      "\x7f",
      "\t",
    ),
    { maxLength: 40 },
  )
  // All words of a redirect are among them, but for the right state.
  .map((parts) => ended("words", parts.join("").replaceAll("{state}", "{state}x")));

function fromBytes(bytes: Uint8Array): Attack {
  return ended("bytes", Buffer.from(bytes).toString("latin1"));
}

function ended(kind: string, text: string): Attack {
  return { kind, text, delivery: { how: "half-close" }, isGood: false };
}

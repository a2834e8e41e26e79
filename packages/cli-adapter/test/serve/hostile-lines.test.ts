// What is no message of the protocol, or one that looks like it: each request has one answer, and the connection lives.
import { describe, expect, it } from "vitest";
import { signedIn } from "./support.js";

const line = (members: string): string => `{"jsonrpc":"2.0",${members}}`;
const get = (params: string): string => line(`"id":1,"method":"getState","params":${params}`);
const deep = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

const METHODS = [
  "toString",
  "constructor",
  "__proto__",
  "hasOwnProperty",
  "valueOf",
  "",
  "getState ",
  "\\u0000",
];

/** A line, the id of its answer, and what that says. */
const CASES: readonly (readonly [string, string, unknown, number, RegExp])[] = [
  ...METHODS.map(
    (name) =>
      [`method ${name}`, line(`"id":1,"method":"${name}"`), 1, -32601, /^There is no method "/] as const,
  ),
  ...["null", "true", "[]", "{}", deep(10_000)].map(
    (id) =>
      [
        `id ${id.slice(0, 9)}`,
        line(`"id":${id},"method":"getState"`),
        null,
        -32600,
        /^id: expected /,
      ] as const,
  ),
  ...["1.5", "1e400", "9007199254740993"].map(
    (id) =>
      [
        `id ${id}`,
        line(`"id":${id},"method":"getState"`),
        null,
        -32600,
        /^id: expected safe integer\.$/,
      ] as const,
  ),
  ...["[]", "[1]", "null", "5", '"x"', deep(10_000)].map(
    (params) =>
      [`params ${params.slice(0, 9)}`, get(params), 1, -32602, /^params: expected Object\.$/] as const,
  ),
  ...["__proto__", "constructor", "prototype", "toString"].map(
    (name) =>
      [
        `a parameter ${name}`,
        get(`{"${name}":{}}`),
        1,
        -32602,
        new RegExp(String.raw`^params\.${name}: there is no such member\.$`),
      ] as const,
  ),
  [
    "a header that is no text",
    line('"id":1,"method":"fetch","params":{"url":"https://x.example","headers":{"__proto__":5}}'),
    1,
    -32602,
    /^params\.headers\.__proto__: expected string\.$/,
  ],
  ["a request with a result", line('"id":1,"method":"getState","result":{}'), 1, -32600, /^result: /],
  ["a request with an error", line('"id":1,"method":"getState","error":null'), 1, -32600, /^error: /],
  ["a notification with an error", line('"method":"getState","error":{"code":1}'), null, -32600, /^error: /],
  ["two lines in one, by a carriage return", `${get("{}")}\r${get("{}")}`, null, -32700, /no JSON text/],
  [
    "what cancels by no id",
    line('"id":1,"method":"$/cancelRequest","params":{}'),
    1,
    -32602,
    /^params\.id: /,
  ],
];

describe("a line", () => {
  it.each(CASES)("%s: gets one answer, which says what is wrong", async (_, text, id, code, message) => {
    const { write, ask, answered, messages } = await signedIn();
    const before = messages.length;
    write(text);
    await answered(id);
    expect(await ask("getState", {}, "next")).toMatchObject({ result: { status: "authenticated" } });
    const answers = messages.slice(before).filter((each) => each.id !== "next");
    expect(answers).toEqual([
      {
        jsonrpc: "2.0",
        id,
        error: {
          code,
          message: expect.stringMatching(message),
          data: { code: expect.any(String), retryable: false },
        },
      },
    ]);
  });

  it.each([
    ["nothing", ""],
    ["blanks", " \t\r"],
    ["a byte order mark", "\ufeff"],
    ["a notification of no method", line('"method":"toString"')],
    ["a notification with wrong parameters", line('"method":"signIn","params":{"x":1}')],
    ["the end of a request that nobody has sent", line('"method":"$/cancelRequest","params":{"id":"x"}')],
  ])("of %s: gets none", async (_, text) => {
    const { write, ask, messages } = await signedIn();
    const before = messages.length;
    write(text);
    await ask("getState", {}, "next");
    expect(messages.slice(before).map(({ id }) => id)).toEqual(["next"]);
  });

  it.each([
    ["with a carriage return at its end", `${get("{}")}\r`],
    ["with a byte order mark before it", `\ufeff${get("{}")}`],
  ])("%s is taken, as callers on Windows send it", async (_, text) => {
    const { write, answered } = await signedIn();
    write(text);
    expect(await answered(1)).toMatchObject({ result: { status: "authenticated" } });
  });

  it.each([0, "", "__proto__", "\u0000\u202e", "\ud800", 1e15])(
    "with the id %j is answered by that id",
    async (id) => {
      const { ask } = await signedIn();
      expect(await ask("getState", {}, id)).toMatchObject({ id, result: { status: "authenticated" } });
    },
  );
});

describe("requests", () => {
  it("ten thousand at once: each has one answer", async () => {
    const { input, answered, ask, messages } = await signedIn();
    const before = messages.length;
    const ids = Array.from({ length: 10_000 }, (_, id) => id);
    input.write(ids.map((id) => `${line(`"id":${id},"method":"getState"`)}\n`).join(""));
    // Those that were taken are answered last.
    await answered(255);
    await ask("getState", {}, "last");
    const answers = messages.slice(before).filter((each) => each.id !== "last");
    expect(answers.map((each) => Number(each.id)).toSorted((one, other) => one - other)).toEqual(ids);
    const codes = answers.map(({ error }) => error?.data.code ?? "result");
    expect([...new Set(codes)].toSorted()).toEqual(["result", "too_many_requests"]);
  });

  it("one that ends itself, or one that is over, is answered as if it had not", async () => {
    const { ask } = await signedIn();
    expect(await ask("$/cancelRequest", { id: "own" }, "own")).toMatchObject({ id: "own", result: null });
    await ask("getState", {}, "over");
    expect(await ask("$/cancelRequest", { id: "over" })).toMatchObject({ result: null });
    expect(await ask("getState", {}, "over")).toMatchObject({ result: { status: "authenticated" } });
  });

  it("half of one, and then the end: nothing is made of it", async () => {
    const { input, ended, messages, stderr } = await signedIn();
    const before = messages.length;
    input.end('{"jsonrpc":"2.0","id":1,"method":"signOut"');
    expect(await ended).toBe(0);
    expect(messages.slice(before)).toEqual([]);
    expect(stderr()).toBe("");
  });
});

it("headers go on by whatever name they have", async () => {
  const { write, answered, server } = await signedIn();
  let seen: Headers | undefined;
  server.intercept = ({ path, headers }) => {
    if (path !== "/userinfo") return undefined;
    seen = new Headers(headers);
    return Promise.resolve(new Response("here"));
  };
  const names = ["constructor", "prototype"];
  const headers = names.map((name) => `"${name}":"kept"`).join();
  const url = `${server.issuer}/userinfo`;
  write(line(`"id":1,"method":"fetch","params":{"url":"${url}","headers":{${headers}}}`));
  expect(await answered(1)).toMatchObject({ result: { body: "here" } });
  expect(names.map((name) => seen?.get(name))).toEqual(["kept", "kept"]);
});

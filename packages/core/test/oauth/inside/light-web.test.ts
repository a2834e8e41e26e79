// The light Headers and Response beside the real ones: what the protocol asks of them has one answer.
import { customFetch, discoveryRequest, processDiscoveryResponse } from "oauth4webapi";
import { describe, expect, test } from "vitest";
import { LightHeaders, LightResponse, lightResponse } from "../../../src/oauth/inside/light-web.js";

const KINDS = [
  ["the light ones", LightHeaders as unknown as typeof Headers, LightResponse as unknown as typeof Response],
  ["the runtime's", Headers, Response],
] as const;

describe.each(KINDS)("%s", (_, Headers, Response) => {
  test("headers are found by any spelling, in order, their values trimmed and joined", () => {
    const headers = new Headers([
      ["X-Two", " one "],
      ["Accept", "application/json"],
      ["x-two", "two"],
    ]);
    expect([...headers]).toEqual([
      ["accept", "application/json"],
      ["x-two", "one, two"],
    ]);
    expect([...headers.entries()]).toEqual([...headers]);
    expect(headers.get("ACCEPT")).toBe("application/json");
    expect(headers.get("absent")).toBeNull();
    expect([headers.has("X-TWO"), headers.has("absent")]).toEqual([true, false]);
    headers.set("Accept", " text/plain ");
    headers.append("ACCEPT", " */* ");
    headers.append("new", "1");
    headers.delete("X-Two");
    expect([...headers]).toEqual([
      ["accept", "text/plain, */*"],
      ["new", "1"],
    ]);
  });

  test("headers are made of nothing, an object, pairs, or others", () => {
    expect([...new Headers()]).toEqual([]);
    expect([...new Headers({ "X-One": "1" })]).toEqual([["x-one", "1"]]);
    expect([...new Headers(new Headers([["X-One", "1"]]))]).toEqual([["x-one", "1"]]);
  });

  test.each([
    ["not a name", "value"],
    ["", "value"],
    ["name", "line\nbreak"],
    ["name", "zero\0"],
    ["name", "line\r\nBreak: in"],
  ])("a header that would end the line or begin another is refused: %j", (name, value) => {
    expect(() => new Headers([[name, value]])).toThrow(TypeError);
    expect(() => new Headers().set(name, value)).toThrow(TypeError);
    expect(() => new Headers().append(name, value)).toThrow(TypeError);
  });

  test("an answer is read once, as text or JSON, and a clone of it for itself", async () => {
    const bytes = new TextEncoder().encode('\u{feff}{"é":1}');
    const answer = new Response(bytes, {
      status: 400,
      statusText: "Bad Request",
      headers: [["Date", "now"]],
    });
    const clone = answer.clone();
    expect([answer.status, answer.statusText, answer.ok, answer.headers.get("date")]).toEqual([
      400,
      "Bad Request",
      false,
      "now",
    ]);
    expect(answer.bodyUsed).toBe(false);
    await expect(answer.json()).resolves.toEqual({ é: 1 });
    expect(answer.bodyUsed).toBe(true);
    await expect(answer.text()).rejects.toThrow(TypeError);
    expect(() => answer.clone()).toThrow(TypeError);
    expect([clone.status, clone.bodyUsed, clone.headers.get("date")]).toEqual([400, false, "now"]);
    await expect(clone.text()).resolves.toBe('{"é":1}');
  });

  test.each(["", "{", '"\u{d800}'])("what is not JSON is a SyntaxError: %j", async (body) => {
    await expect(new Response(body, { status: 200 }).json()).rejects.toThrow(SyntaxError);
  });

  test("both are known by their names", () => {
    expect(Object.prototype.toString.call(new Headers())).toBe("[object Headers]");
    expect(Object.prototype.toString.call(new Response(""))).toBe("[object Response]");
  });
});

test("oauth4webapi takes the light answer", async () => {
  const issuer = new URL("https://id.example");
  const body = JSON.stringify({ issuer: "https://id.example" });
  const answer = await discoveryRequest(issuer, {
    [customFetch]: async () => lightResponse(body, { headers: [["content-type", "application/json"]] }),
  });
  await expect(processDiscoveryResponse(issuer, answer)).resolves.toMatchObject({
    issuer: "https://id.example",
  });
});

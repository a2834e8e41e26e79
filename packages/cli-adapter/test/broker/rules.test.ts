// What --allow says.
import { describe, expect, it } from "vitest";
import { isAllowed, namesOf, parseRule } from "../../src/broker/rules.js";

describe("a rule", () => {
  it.each([
    ["https://a.example", "GET", "/x", true],
    ["https://a.example/", "DELETE", "/x/y", true],
    ["https://A.example:443", "GET", "/x", true],
    ["GET https://a.example", "POST", "/x", false],
    ["GET,POST https://a.example", "POST", "/x", true],
    ["https://a.example/x", "GET", "/x", true],
    ["https://a.example/x", "GET", "/x/y", false],
    ["https://a.example/x/", "GET", "/x/", true],
    ["https://a.example/x/", "GET", "/x/y", false],
    ["https://a.example/x/*", "GET", "/x/y", true],
    ["https://a.example/x*", "GET", "/xy", true],
    ["https://b.example", "GET", "/x", false],
    ["http://a.example", "GET", "/x", false],
    ["https://a.example:8443", "GET", "/x", false],
  ])("%s: %s %s is %s", (rule, method, path, isIn) => {
    expect(isAllowed([parseRule(rule)], "https://a.example", method, path)).toBe(isIn);
  });

  it.each([
    "",
    "a.example",
    "ftp://a.example",
    "get https://a.example",
    "GET, POST https://a.example",
    "GET POST https://a.example",
    "https://user@a.example",
    "https://*.example",
    "https://a.example/*/b",
    "https://a.example/x?y",
    "https://a.example/x#y",
  ])("that says nothing clear is refused: %j", (rule) => {
    expect(() => parseRule(rule)).toThrowError(expect.objectContaining({ code: "invalid_config" }));
  });
});

it("each origin has a name for the environment, and no two the same", () => {
  const origins = ["https://a-b.example", "https://a.b.example", "http://127.0.0.1:8080", "http://[::1]:1"];
  expect([...namesOf(origins).values()]).toEqual(["A_B_EXAMPLE", "A_B_EXAMPLE__2", "127_0_0_1_8080", "1_1"]);
});

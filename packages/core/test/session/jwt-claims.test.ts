// Claims of a JWT that was validated when it came.
import { expect, it } from "vitest";
import { readJwtClaims } from "../../src/session/jwt-claims.js";

const jwt = (payload: string) => `e30.${Buffer.from(payload).toString("base64url")}.x`;

it("the alphabet of URLs is read, several of its characters too", () => {
  const claims = { sub: "ada", name: "???~~~>>>???~~~>>>", city: "Zürich" };
  const text = jwt(JSON.stringify(claims));
  expect(text.split("-").length, "hyphens").toBeGreaterThan(2);
  expect(text.split("_").length, "underscores").toBeGreaterThan(2);
  expect(readJwtClaims(text)).toEqual(claims);
});

it.each([
  ["no JWT", "opaque"],
  ["no JSON", jwt("{")],
  ["a number", jwt("7")],
  ["null", jwt("null")],
])("%s has no claims", (_, text) => {
  expect(readJwtClaims(text)).toBeUndefined();
});

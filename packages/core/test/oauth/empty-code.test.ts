// A redirect without a code that could be redeemed is the redirect's fault.
import { expect, it } from "vitest";
import { arrange, errorOf } from "../support/world.js";

it.each([
  ["empty", [""]],
  ["twice", ["a", "b"]],
  ["twice, one of them empty", ["", "a"]],
  ["missing", []],
])("a code that is %s is an invalid redirect, and is not taken to the token endpoint", async (_, codes) => {
  const world = await arrange({
    person: (url, { listener, server }) => {
      const redirect = new URL(server.authorize(url));
      redirect.searchParams.delete("code");
      for (const code of codes) redirect.searchParams.append("code", code);
      void listener.visit(redirect.href);
    },
  });
  const error = await errorOf(world.client.signIn());
  expect(error).toMatchObject({ code: "invalid_response" });
  expect(error.message).toMatch(/^The authorization response /);
  expect(world.server.requests.filter(({ path }) => path === "/token")).toEqual([]);
});

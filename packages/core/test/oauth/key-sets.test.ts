// Key sets that are not tidy: what is put right, and what leaves it open whose signature it is.
import { expect, it } from "vitest";
import { arrange, codeOf, type World } from "../support/world.js";

type Key = Readonly<Record<string, unknown>>;

/** The server's key set, changed on its way. */
function alterKeys({ server }: World, change: (right: Key) => readonly unknown[]): void {
  let isOurs = false;
  server.intercept = async ({ path, url }) => {
    if (!path.includes("jwks") || isOurs) return undefined as never;
    isOurs = true;
    const answer = await server.fetch(url.href, { method: "GET" });
    isOurs = false;
    const { keys } = (await answer.json()) as { readonly keys: readonly [Key] };
    return Response.json({ keys: change(keys[0]) });
  };
}

it.each<[string, (right: Key) => readonly unknown[]]>([
  ["twice", (right) => [right, right]],
  ["twice, once with its certificate", (right) => [{ ...right, x5c: ["AAAA"], x5t: "AAAA" }, right]],
  [
    "twice, its members in another order",
    (right) => [right, Object.fromEntries(Object.entries(right).toReversed())],
  ],
  ["three times among others", (right) => [right, { kty: "future", kid: "f" }, right, right]],
])("a key that is there %s is one", async (_, change) => {
  const world = await arrange();
  alterKeys(world, change);
  expect(await world.client.signIn()).toMatchObject({ subject: "ada" });
});

it.each<[string, (right: Key) => readonly unknown[]]>([
  ["two keys of one name", (right) => [right, { ...right, x: right["y"], y: right["x"] }]],
  ["one key for two uses that are not said alike", (right) => [right, { ...right, use: undefined }]],
])("%s are two: the ID token is refused", async (_, change) => {
  const world = await arrange();
  alterKeys(world, change);
  expect(await codeOf(world.client.signIn())).toBe("id_token_invalid");
});

it("what is no key set at all is the server's fault", async () => {
  const world = await arrange();
  alterKeys(world, () => [null, null]);
  expect(await codeOf(world.client.signIn())).toBe("invalid_response");
});

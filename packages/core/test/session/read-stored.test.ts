// What the store is told when a record is read: a record may be moved to where it belongs under the lock alone, and only a client's own.
import { expect, it } from "vitest";
import { arrange, createTestStore, signedIn } from "../support/world.js";

it("a store may move the record of this client at this server, under the lock", async () => {
  const { client, clock, server, store: kept } = await signedIn();
  await client.close();
  const record = kept.record!;
  const store = createTestStore(record);
  const asked: { readonly moves?: ((record: string) => boolean) | undefined }[] = [];
  const load = store.load.bind(store);
  store.load = async (options) => {
    asked.push(options ?? {});
    return load(options);
  };
  const { client: next } = await arrange({ clock, server, store }, { refreshOnStart: false });
  await next.ready();
  expect(asked).toHaveLength(1);
  expect(asked[0], "without the lock").not.toHaveProperty("moves");

  await next.getAccessToken({ forceRefresh: true });
  const moves = asked[1]!.moves!;
  const changed = (more: object) => JSON.stringify({ ...(JSON.parse(record) as object), ...more });
  expect(moves(record)).toBe(true);
  expect(moves(changed({ clientId: "another" }))).toBe(false);
  expect(moves(changed({ issuer: "https://another.example" }))).toBe(false);
  expect(moves("{"), "one that cannot be read").toBe(false);
});

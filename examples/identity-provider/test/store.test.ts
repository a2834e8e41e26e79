import { expect, test } from "vitest";
import { createStore } from "../src/store.js";

async function createFilled() {
  const raced: string[] = [];
  const store = createStore((grantId, model) => raced.push(`${model} of ${grantId}`));
  const [sessions, grants, refreshTokens] = ["Session", "Grant", "RefreshToken"].map(store.adapter) as [
    ReturnType<typeof store.adapter>,
    ReturnType<typeof store.adapter>,
    ReturnType<typeof store.adapter>,
  ];
  await sessions.upsert("cookie-1", { uid: "s", authorizations: { app: { sid: "sid-1" } } }, 60);
  await grants.upsert("g", {}, 60);
  await refreshTokens.upsert("rt", { grantId: "g", sessionUid: "s" }, 60);
  return { raced, store, sessions, grants, refreshTokens };
}

test("of two requests that both found a token unspent, the second is refused and the family revoked", async () => {
  const { raced, refreshTokens } = await createFilled();
  const [one, two] = await Promise.all([refreshTokens.find("rt"), refreshTokens.find("rt")]);
  expect([one!.consumed, two!.consumed]).toEqual([undefined, undefined]);
  await refreshTokens.consume("rt");
  await expect(refreshTokens.consume("rt")).rejects.toMatchObject({ error: "invalid_grant" });
  expect(raced).toEqual(["RefreshToken of g"]);
  // The first request, still under way, saves what it was about to give.
  await refreshTokens.upsert("rt-2", { grantId: "g", sessionUid: "s" }, 60);
  expect(await refreshTokens.find("rt-2")).toBeUndefined();
});

test("what is saved for a session that was ended meanwhile is worth nothing", async () => {
  const { store, refreshTokens } = await createFilled();
  expect(store.revokeSession("s")).toEqual(["g"]);
  await refreshTokens.upsert("rt-2", { grantId: "g", sessionUid: "s" }, 60);
  expect(await refreshTokens.find("rt")).toBeUndefined();
  expect(await refreshTokens.find("rt-2")).toBeUndefined();
});

test("a session is found by its sid also after its cookie changed", async () => {
  const { store, sessions } = await createFilled();
  const session = (await sessions.findByUid("s"))!;
  await sessions.destroy("cookie-1");
  await sessions.upsert("cookie-2", session, 60);
  expect(store.findSessionUid("app", "sid-1")).toBe("s");
  expect(store.findSessionUid("another", "sid-1")).toBeUndefined();
  await sessions.destroy("cookie-2");
  expect(store.findSessionUid("app", "sid-1")).toBeUndefined();
});

test("what was read is a copy, and what has expired is gone", async () => {
  const { grants } = await createFilled();
  const grant = (await grants.find("g"))!;
  grant.scope = "changed";
  expect(await grants.find("g")).toEqual({});
  await grants.upsert("g", {}, 0);
  expect(await grants.find("g")).toBeUndefined();
});

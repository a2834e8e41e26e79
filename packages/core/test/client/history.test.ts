import { describe, expect, it } from "vitest";
import type { HistoryEntry, Journal } from "../../src/index.js";
import { createTestJournal } from "../support/journal.js";
import { DUE } from "../support/refreshing.js";
import { is, quiet, reached, restarted, signedIn } from "../support/world.js";

const steps = (entries: readonly HistoryEntry[]): string[] =>
  entries.map(({ state, event, reason }) => [state, event, ...(reason ? [reason.code] : [])].join(" < "));

describe("history()", () => {
  it("names each step of the machine, and what it came of", async () => {
    const { client } = await signedIn();
    const told = steps(client.history());
    expect(told.slice(0, 2)).toEqual(["restoring < start", "idle < readStore done"]);
    expect(told[2]).toMatch(/^awaiting-callback.* < signIn$/);
    expect(told.slice(-3)).toEqual([
      "exchanging.redeeming < redirected",
      "exchanging.saving < redeemCode done",
      "authenticated < saveUnderLock done",
    ]);
  });

  it("says why a session ended, with the server's own word", async () => {
    const { client, server, clock } = await signedIn();
    server.endSessions();
    await clock.advance(DUE);
    await reached(client, is("logged-out"));
    const refused = client.history().find(({ event }) => event === "refreshSession failed");
    expect(refused?.reason).toMatchObject({ code: "session_ended", oauthError: "invalid_grant" });
    expect(client.history().at(-1)).toMatchObject({ state: "logged-out", reason: { code: "session_ended" } });
  });

  it("says why a sign-in failed beside a session that stays", async () => {
    const { client } = await signedIn();
    const stepUp = client.signIn({ maxAge: 0, openBrowser: false });
    await quiet();
    client.cancel();
    await expect(stepUp).rejects.toMatchObject({ code: "cancelled" });
    expect(client.history().at(-1)).toMatchObject({ state: "authenticated", reason: { code: "cancelled" } });
  });

  it("keeps the last 200 steps, whatever happens", async () => {
    const { client } = await signedIn();
    for (let refresh = 0; refresh < 40; refresh++)
      // oxlint-disable-next-line no-await-in-loop
      await client.getAccessToken({ forceRefresh: true });
    expect(client.history()).toHaveLength(200);
    expect(client.history().at(-1)).toMatchObject({ state: "authenticated" });
  });

  it("holds nothing that is secret, or of the person", async () => {
    const { client, server, store } = await signedIn();
    const token = await client.getAccessToken({ forceRefresh: true });
    const { refreshToken } = JSON.parse(store.record!) as { readonly refreshToken: string };
    await client.signOut();
    const told = JSON.stringify(client.history());
    const sent = server.requests.flatMap(({ body, url }) => [...body.values(), ...url.searchParams.values()]);
    expect(sent.length).toBeGreaterThan(5);
    const secrets = [token, refreshToken, "ada", ...sent.filter((value) => value.length > 20)];
    expect(secrets.filter((secret) => told.includes(secret))).toEqual([]);
  });
});

describe("the journal", () => {
  it("is written once for a refresh, after the token is out", async () => {
    const journal = createTestJournal();
    const world = await signedIn({ journal });
    await world.clock.advance(0);
    const before = journal.batches.length;
    await world.client.getAccessToken({ forceRefresh: true });
    expect(journal.batches).toHaveLength(before);
    await world.clock.advance(0);
    expect(journal.batches.slice(before).map((batch) => steps(batch))).toEqual([
      ["refreshing.locking < refresh", "authenticated < saveSession done"],
    ]);
    expect(journal.batches.flat().every(({ process }) => process === "notes (1)")).toBe(true);
  });

  it("is not written for a token that is there, nor for a look at the session", async () => {
    const journal = createTestJournal();
    const world = await signedIn();
    const next = await restarted(world, { refreshOnStart: false }, { journal });
    await next.client.ready();
    await next.clock.advance(0);
    expect(journal.batches).toEqual([]);
    await next.client.getAccessToken();
    await next.clock.advance(0);
    expect(journal.batches).toHaveLength(1);
    for (let call = 0; call < 50; call++)
      // oxlint-disable-next-line no-await-in-loop
      await next.client.getAccessToken();
    await next.clock.advance(0);
    expect(journal.batches).toHaveLength(1);
  });

  it("gets what is unwritten when the client is closed, which does not wait for it", async () => {
    const begun: string[] = [];
    const journal: Journal = {
      process: "notes (1)",
      append: (entries) => (begun.push(...steps(entries)), new Promise(() => {})),
      read: async () => [],
    };
    const { client } = await signedIn({ journal });
    await client.signOut();
    await client.close();
    expect(begun.at(-1)).toMatch(/^logged-out < .* < signed_out$/);
  });

  it("that fails fails nothing", async () => {
    const journal = createTestJournal(true);
    const { client, clock } = await signedIn({ journal });
    expect(await client.getAccessToken({ forceRefresh: true })).toMatch(/^access-/);
    await clock.advance(0);
    await client.signOut();
    await clock.advance(0);
    expect(journal.batches).toHaveLength(2);
    expect(client.getState()).toMatchObject({ status: "logged-out", reason: { code: "signed_out" } });
  });
});

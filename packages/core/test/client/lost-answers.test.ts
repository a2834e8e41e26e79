// A refresh whose answer never came: asked for once more, noted for whoever comes after, and named when it was too late.
import { describe, expect, it } from "vitest";
import { createAuthClient, type AuthState, type HeldLock, type WithLock } from "../../src/index.js";
import { createFakeClock, createFakePorts } from "../../src/testing/index.js";
import { answerRefresh, DUE } from "../support/refreshing.js";
import {
  arrange,
  codeOf,
  createTestStore,
  degradedOf,
  errorOf,
  inTime,
  is,
  isDegraded,
  reached,
  refreshes,
  SECOND,
  signedIn,
  until,
  type World,
} from "../support/world.js";

interface Note {
  text: string | null;
}

/** The lock of one process after another: what is noted stays. */
const lockOf =
  (note: Note, over: Partial<HeldLock> = {}): WithLock =>
  (task) =>
    task({
      isStillHeld: () => true,
      writeNote: (text) => void (note.text = text),
      readNote: () => note.text,
      ...over,
    });

const forced = ({ client }: World): Promise<string> => client.getAccessToken({ forceRefresh: true });

/** What comes of a refresh whose answer is lost, and of the second that it takes to make it once more. */
async function askedAgain(world: World): Promise<string> {
  const sent = refreshes(world).length;
  const before = degradedOf(world.client.getState());
  const call = forced(world);
  await until(() => refreshes(world).length > sent);
  const isPausing = (state: AuthState): boolean =>
    state.status === "refreshing" && isDegraded(state) && degradedOf(state) !== before;
  const state = await reached(world.client, isPausing);
  expect(degradedOf(state)!.nextRetryAt! - world.clock.now()).toBeLessThanOrEqual(SECOND);
  await world.clock.advance(SECOND);
  return call;
}

describe("an answer that is lost", () => {
  it.each(["reset", "reset-in-head", "reset-after-head", "reset-in-body", "502", "portal"] as const)(
    "(%s) is asked for once more within a second, and a server that forgives that signs nobody out",
    async (way) => {
      const world = await signedIn();
      world.server.fault = `refresh-lost-${way}-forgiven`;
      expect(await askedAgain(world)).toMatch(/^access-/);
      expect(refreshes(world)).toHaveLength(2);
      expect(isDegraded(world.client.getState())).toBe(false);
    },
  );

  it("ends the session by its name where the server forgives nothing, and nobody blames the person", async () => {
    const note: Note = { text: null };
    const world = await signedIn({ lock: lockOf(note) });
    world.server.fault = "refresh-lost-reset";
    expect(await codeOf(inTime(world, forced(world)))).toBe("answer_lost");
    expect(world.client.getState()).toMatchObject({
      status: "logged-out",
      reason: { code: "answer_lost", hint: "Sign in again." },
    });
    expect(world.store.record).toBeNull();
    expect(await codeOf(world.client.getAccessToken())).toBe("answer_lost");
  });

  it("serves the old token meanwhile, and a close waits until it has been asked for again", async () => {
    const world = await signedIn();
    const old = await world.client.getAccessToken();
    world.server.fault = "refresh-lost-reset-forgiven";
    await world.clock.advance(DUE);
    await reached(world.client, isDegraded);
    expect(world.client.getState().status).toBe("refreshing");
    expect(await world.client.getAccessToken()).toBe(old);
    const { record } = world.store;
    await inTime(world, world.client.close());
    expect(world.store.record).not.toBe(record);
  });

  it.each([
    ["429", () => new Response(null, { status: 429 })],
    ["503 with Retry-After", () => new Response(null, { status: 503, headers: { "retry-after": "9" } })],
    ["503", () => new Response(null, { status: 503 })],
  ])("is not one of status %s: that is an answer", async (_, answer) => {
    const world = await signedIn();
    answerRefresh(world, answer);
    expect(await codeOf(forced(world))).toBe("temporarily_unavailable");
    expect(refreshes(world)).toHaveLength(1);
  });

  it("is asked for within a second, however long the pauses were before", async () => {
    const world = await signedIn();
    answerRefresh(world, () => new Response(null, { status: 503 }));
    for (let failure = 0; failure < 6; failure++) await codeOf(forced(world));
    world.server.intercept = undefined;
    world.server.fault = "refresh-lost-502-forgiven";
    await askedAgain(world);
  });
});

describe("what is noted", () => {
  /** A process that sent its refresh token, had it answered, and was killed before it knew. */
  async function killed(note: Note) {
    const clock = createFakeClock();
    const store = createTestStore();
    const world = await signedIn({ clock, store, lock: lockOf(note) });
    const alive = await arrange({ clock, store, server: world.server, lock: lockOf(note) });
    await alive.client.getAccessToken();
    const sent = refreshes(world).length;
    world.server.fault = "refresh-lost-stall";
    const ports = createFakePorts({ clock: createFakeClock(clock.now()), server: world.server, store });
    const dead = createAuthClient(
      { issuer: world.server.issuer, clientId: "app", refreshOnStart: false },
      { ...ports, withLock: lockOf(note) },
    );
    void dead.getAccessToken();
    await until(() => refreshes(world).length > sent);
    return { world, alive };
  }

  it("says session, generation and time, and holds no secret", async () => {
    const note: Note = { text: null };
    const { world } = await killed(note);
    const { sessionId, generation } = JSON.parse(world.store.record!) as Record<string, unknown>;
    expect(JSON.parse(note.text!)).toEqual({ sessionId, generation, sentAt: expect.any(Number) });
    for (const secret of world.server.secrets) expect(note.text).not.toContain(secret);
    expect(Buffer.byteLength(note.text!)).toBeLessThan(200);
  });

  it("names the end for the process that finds out, for the one that finds nothing, and for good", async () => {
    const note: Note = { text: null };
    const { world, alive } = await killed(note);
    const later = await arrange({
      clock: world.clock,
      store: world.store,
      server: world.server,
      lock: lockOf(note),
    });
    expect(await reached(later.client, is("logged-out"))).toMatchObject({ reason: { code: "answer_lost" } });
    await until(() => world.store.record === null);
    expect(await codeOf(forced(alive))).toBe("answer_lost");
    expect(alive.client.getState()).toMatchObject({ reason: { code: "answer_lost" } });
    expect(await codeOf(forced(world))).toBe("answer_lost");
    // Somebody else's sign-out is still that.
    await world.client.signIn();
    const other = await arrange({
      clock: world.clock,
      store: world.store,
      server: world.server,
      lock: lockOf(note),
    });
    await other.client.getAccessToken();
    await world.client.signOut({ browser: false });
    expect(await codeOf(forced(other))).toBe("signed_out_elsewhere");
  });

  it.each<[string, (world: World) => void]>([
    ["was never sent", (world) => answerRefresh(world, () => Promise.reject(unreached()))],
    ["was answered", (world) => answerRefresh(world, () => new Response(null, { status: 429 }))],
    [
      "was refused",
      (world) => answerRefresh(world, () => Response.json({ error: "invalid_scope" }, { status: 400 })),
    ],
  ])("is taken back when it %s: what ends the session after that is something else", async (_, fail) => {
    const note: Note = { text: null };
    const world = await signedIn({ lock: lockOf(note) });
    fail(world);
    await codeOf(forced(world));
    expect(note.text).toBeNull();
    world.server.intercept = undefined;
    world.server.endSessions();
    expect(await codeOf(forced(world))).toBe("session_ended");
  });

  it("stays for a request that was lost, whatever the next one meets; a save takes it away", async () => {
    const note: Note = { text: null };
    const world = await signedIn({ lock: lockOf(note) });
    let nth = 0;
    answerRefresh(world, () =>
      nth++ === 0 ? new Response(null, { status: 502 }) : Promise.reject(unreached()),
    );
    await codeOf(inTime(world, forced(world)));
    expect(note.text).not.toBeNull();
    world.server.intercept = undefined;
    await inTime(world, forced(world));
    expect(note.text).toBeNull();
  });

  it("is a notice when it cannot be, and no refusal", async () => {
    const full = Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    const note: Note = { text: null };
    const fails = (text: string | null): void => {
      if (text !== null) throw full;
    };
    const world = await signedIn({ lock: lockOf(note, { writeNote: fails }) });
    expect(await forced(world)).toMatch(/^access-/);
    expect(world.notices).toContainEqual(
      expect.objectContaining({ code: "note_failed", message: expect.stringContaining("ENOSPC") as string }),
    );
  });

  it("nothing is sent under a lock that was replaced meanwhile", async () => {
    const world = await signedIn({ lock: lockOf({ text: null }, { isStillHeld: () => false }) });
    const old = await world.client.getAccessToken();
    expect(await errorOf(forced(world))).toMatchObject({
      code: "temporarily_unavailable",
      detail: "lock_timeout",
    });
    expect(refreshes(world)).toHaveLength(0);
    expect(degradedOf(world.client.getState())).toMatchObject({ detail: "replaced" });
    expect(await world.client.getAccessToken()).toBe(old);
  });

  function unreached(): Error {
    return new TypeError("fetch failed", { cause: Object.assign(new Error(), { code: "ECONNREFUSED" }) });
  }
});

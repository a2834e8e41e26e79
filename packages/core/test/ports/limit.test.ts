// Limits of ours, when the event loop stood still.
import { describe, expect, it } from "vitest";
import { startLimit } from "../../src/ports/limit.js";
import { createFakeClock } from "../../src/testing/index.js";
import { codeOf, inTime, quiet, SECOND, signedIn, until } from "../support/world.js";

describe("a limit", () => {
  it("runs out after its time", async () => {
    const clock = createFakeClock();
    let isOver = false;
    startLimit(clock, 30 * SECOND, () => (isOver = true));
    await clock.advance(30 * SECOND - 1);
    expect(isOver).toBe(false);
    await clock.advance(1);
    expect(isOver).toBe(true);
  });

  it.each([
    [30 * SECOND, 5 * SECOND],
    [2 * SECOND, 2 * SECOND],
  ])("of %i ms that comes more than a second late starts again once, for %i ms", async (ms, again) => {
    const clock = createFakeClock();
    let isOver = false;
    startLimit(clock, ms, () => (isOver = true));
    clock.sleep(1_001);
    await clock.advance(ms);
    expect(isOver).toBe(false);
    clock.sleep(60 * SECOND);
    await clock.advance(again - 1);
    expect(isOver).toBe(false);
    await clock.advance(1);
    expect(isOver).toBe(true);
    expect(clock.armed).toBe(0);
  });

  it.each([
    [900, 900],
    [11, 250],
  ])("that comes %i ms late waits for %i ms more: what arrived meanwhile is read", async (late, more) => {
    const clock = createFakeClock();
    let isOver = false;
    startLimit(clock, 30 * SECOND, () => (isOver = true));
    clock.sleep(late);
    await clock.advance(30 * SECOND + more - 1);
    expect(isOver).toBe(false);
    await clock.advance(1);
    expect(isOver).toBe(true);
    expect(clock.armed).toBe(0);
  });

  it("that is called off does not run, late or not", async () => {
    const clock = createFakeClock();
    const callOff = startLimit(clock, SECOND, () => expect.unreachable());
    clock.sleep(9 * SECOND);
    await clock.advance(SECOND);
    callOff();
    expect(clock.armed).toBe(0);
  });

  it("counts on a time that no setting moves, where there is one", async () => {
    const clock = createFakeClock();
    const start = clock.now();
    let isOver = false;
    // The wall clock is set an hour ahead at once.
    const wall = { ...clock, now: () => clock.now() + 3_600_000, elapsed: () => clock.now() - start };
    startLimit(wall, SECOND, () => (isOver = true));
    await clock.advance(SECOND);
    expect(isOver).toBe(true);
  });
});

describe("an answer that arrived while the loop stood still counts", () => {
  it("of the token endpoint", async () => {
    const world = await signedIn({}, { requestTimeoutMs: 2 * SECOND });
    let answer: ((go: undefined) => void) | undefined;
    world.server.intercept = ({ path }) =>
      path === "/token" ? new Promise<never>((resolve) => (answer = resolve as never)) : undefined;
    const call = world.client.getAccessToken({ forceRefresh: true });
    await until(() => answer !== undefined);
    world.clock.sleep(10 * SECOND);
    await world.clock.advance(2 * SECOND);
    answer!(undefined);
    expect(await call).toMatch(/^access-/);
  });

  it("of the store", async () => {
    const world = await signedIn();
    let open = (): void => {};
    world.store.gates.load = new Promise((resolve) => (open = resolve));
    const call = world.client.getAccessToken({ forceRefresh: true });
    await quiet();
    world.clock.sleep(100 * SECOND);
    await world.clock.advance(90 * SECOND);
    open();
    expect(await call).toMatch(/^access-/);
  });

  it("and one that did not come is given up all the same", async () => {
    const world = await signedIn();
    world.store.gates.load = new Promise(() => {});
    const call = codeOf(inTime(world, world.client.getAccessToken({ forceRefresh: true })));
    expect(await call).toBe("temporarily_unavailable");
    world.store.gates.load = undefined as never;
  });
});

import { afterEach, describe, expect, test, vi } from "vitest";
import { systemClock } from "../../src/index.js";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("the system clock", () => {
  test("tells epoch milliseconds", () => {
    vi.useFakeTimers({ now: 1_234_567 });
    expect(systemClock.now()).toBe(1_234_567);
  });

  test("fires once, after the delay", () => {
    vi.useFakeTimers();
    const callback = vi.fn();
    systemClock.setTimeout(callback, 100, { keepAlive: true });
    vi.advanceTimersByTime(99);
    expect(callback).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1_000);
    expect(callback).toHaveBeenCalledTimes(1);
  });

  test("does not fire what was cleared", () => {
    vi.useFakeTimers();
    const callback = vi.fn();
    systemClock.clearTimeout(systemClock.setTimeout(callback, 100, { keepAlive: true }));
    vi.advanceTimersByTime(1_000);
    expect(callback).not.toHaveBeenCalled();
  });

  test("keeps the process alive only when it is told to", () => {
    const [kept, free] = [true, false].map(
      (keepAlive) => systemClock.setTimeout(() => {}, 10_000, { keepAlive }) as NodeJS.Timeout,
    );
    expect([kept!.hasRef(), free!.hasRef()]).toEqual([true, false]);
    systemClock.clearTimeout(kept);
    systemClock.clearTimeout(free);
  });

  test("does not fire at once for a delay that overflows", () => {
    const armed = vi.spyOn(globalThis, "setTimeout");
    systemClock.clearTimeout(systemClock.setTimeout(() => {}, 2 ** 31, { keepAlive: false }));
    expect(armed.mock.calls[0]![1]).toBe(2 ** 31 - 1);
  });
});

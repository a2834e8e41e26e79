import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { abortable } from "../../src/outcome/abortable.js";

const never = new Promise<never>(() => {});

describe("waiting for what cannot be cancelled", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("ends with its value, and leaves no timer and no listener", async () => {
    const leaving = new AbortController();
    expect(await abortable(Promise.resolve("value"), leaving.signal)).toBe("value");
    await vi.advanceTimersByTimeAsync(0);
    leaving.abort();
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each(["before", "meanwhile"])("ends as cancelled when the person interrupts %s", async (when) => {
    const leaving = new AbortController();
    if (when === "before") leaving.abort();
    const waiting = expect(abortable(never, leaving.signal)).rejects.toMatchObject({ code: "cancelled" });
    leaving.abort();
    await vi.advanceTimersByTimeAsync(0);
    await waiting;
  });

  it("takes what is about to end anyway, within the grace", async () => {
    const leaving = new AbortController();
    let end: (value: string) => void = () => {};
    const ending = new Promise<string>((resolve) => (end = resolve));
    const waiting = abortable(ending, leaving.signal, 100);
    leaving.abort();
    await vi.advanceTimersByTimeAsync(99);
    end("value");
    expect(await waiting).toBe("value");
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});

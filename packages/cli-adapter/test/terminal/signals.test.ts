// What interrupts a command: that nothing is missed between the first signal and the next.
import { expect, it, onTestFinished, vi } from "vitest";
import { listenForInterruption } from "../../src/terminal/inside/signals.js";

it("A second hang-up that comes while the first is dealt with finds a listener: without one it would end the process", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const before = process.listenerCount("SIGHUP");
  const interruption = listenForInterruption();
  const left: number[] = [];
  const note = (name: string | symbol): void => {
    if (name === "SIGHUP") left.push(process.listenerCount("SIGHUP") - before);
  };
  process.on("removeListener", note);
  onTestFinished(() => void process.off("removeListener", note));

  process.emit("SIGHUP", "SIGHUP");

  expect(interruption.by()).toBe("SIGHUP");
  expect(interruption.signal.aborted).toBe(true);
  expect(left).toEqual([1]);
  vi.runAllTimers();
  expect(process.listenerCount("SIGHUP")).toBe(before);
});

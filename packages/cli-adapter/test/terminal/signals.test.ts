// What interrupts a command: that nothing is missed between the first signal and the next, and what a next one is.
import { expect, it, onTestFinished, vi } from "vitest";
import { listenForInterruption } from "../../src/terminal/inside/signals.js";

/** Nobody but us listens; what would end the process is told. */
function alone(): { readonly ended: () => readonly unknown[]; readonly others: number } {
  const kill = vi.spyOn(process, "kill").mockReturnValue(true);
  onTestFinished(() => kill.mockRestore());
  return {
    ended: () => kill.mock.calls.map(([, signal]) => signal),
    others: process.listenerCount("SIGHUP"),
  };
}

it("A second hang-up that comes while the first is dealt with finds a listener: without one it would end the process", () => {
  const { others } = alone();
  const interruption = listenForInterruption();
  const left: number[] = [];
  const note = (name: string | symbol): void => {
    if (name === "SIGHUP") left.push(process.listenerCount("SIGHUP") - others);
  };
  process.on("removeListener", note);
  onTestFinished(() => void process.off("removeListener", note));

  process.emit("SIGHUP", "SIGHUP");

  expect(interruption.by()).toBe("SIGHUP");
  expect(interruption.signal.aborted).toBe(true);
  expect(left).toEqual([1]);
  interruption.end();
  expect(process.listenerCount("SIGHUP")).toBe(others);
});

it.each(["SIGHUP", "SIGINT", "SIGTERM"] as const)(
  "a hang-up after %s is nobody's second word where the terminal has gone, and ends the process where it is there, or was none",
  (first) => {
    const { ended } = alone();
    const isOver = (atFirst: boolean, now: boolean): readonly unknown[] => {
      const before = ended().length;
      let isThere = atFirst;
      const interruption = listenForInterruption(() => isThere);
      process.emit(first, first);
      isThere = now;
      process.emit("SIGHUP", "SIGHUP");
      process.emit("SIGHUP", "SIGHUP");
      const by = ended().slice(before);
      interruption.end();
      return by;
    };
    expect(isOver(true, false)).toEqual([]);
    expect(isOver(true, true)).toEqual(["SIGHUP"]);
    expect(isOver(false, false)).toEqual(["SIGHUP"]);
  },
);

it("a hang-up that was waited out ends the process when the command is over, and Ctrl-C does not", () => {
  const { ended } = alone();
  for (const signal of ["SIGINT", "SIGHUP"] as const) {
    const interruption = listenForInterruption(() => false);
    process.emit(signal, signal);
    expect(ended()).toEqual([]);
    interruption.end();
  }
  expect(ended()).toEqual(["SIGHUP"]);
});

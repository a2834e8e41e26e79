// What every clock must hold to, as cases for any test runner.
import type { Clock } from "../ports/ports.js";
import { equal, type ContractCase } from "./contract-case.js";

/** A clock, and a way to let time pass on it. */
export interface ClockUnderTest {
  readonly clock: Clock;
  /** Lets at least this much time pass on it. */
  readonly pass: (ms: number) => Promise<void>;
  /** Runs the task while the wall clock is ahead by this much, or behind. */
  readonly whileSet: <T>(ms: number, task: () => Promise<T>) => Promise<T>;
}

/** What every {@link Clock} must hold to; its elapsed time only where it has one. */
export function clockContract(create: () => ClockUnderTest): readonly ContractCase[] {
  return [
    {
      name: "elapsed time goes on as time does",
      async run() {
        const { clock, pass } = create();
        const before = clock.elapsed?.() ?? clock.now();
        await pass(60);
        const passed = (clock.elapsed?.() ?? clock.now()) - before;
        equal(passed >= 59 && passed < 10_000, true);
      },
    },
    {
      name: "elapsed time is not moved by a setting of the wall clock, forth or back",
      async run() {
        const { clock, whileSet } = create();
        if (!clock.elapsed) return;
        const elapsed = (): number => clock.elapsed!();
        let last = elapsed();
        const look = async (): Promise<void> => {
          const next = elapsed();
          equal(next >= last && next - last < 10_000, true);
          last = next;
        };
        for (const ms of [7_200_000, -7_200_000]) {
          const before = clock.now();
          // oxlint-disable-next-line no-await-in-loop
          await whileSet(ms, async () => {
            equal(Math.abs(clock.now() - before - ms) < 10_000, true);
            await look();
          });
          // oxlint-disable-next-line no-await-in-loop
          await look();
        }
      },
    },
    {
      name: "a timer runs once, when its time has come and not before",
      async run() {
        const { clock, pass } = create();
        const ran: number[] = [];
        const armedAt = clock.now();
        clock.setTimeout(() => ran.push(clock.now()), 20, { keepAlive: true });
        equal(ran.length, 0);
        await pass(60);
        equal(ran.length, 1);
        // A timer and the wall clock may differ by the fraction that each leaves out.
        equal(ran[0]! - armedAt >= 19, true);
      },
    },
    {
      name: "a timer that was called off does not run, and calling it off again does no harm",
      async run() {
        const { clock, pass } = create();
        let ran = false;
        const timer = clock.setTimeout(() => (ran = true), 10, { keepAlive: true });
        clock.clearTimeout(timer);
        clock.clearTimeout(timer);
        await pass(30);
        equal(ran, false);
      },
    },
  ];
}

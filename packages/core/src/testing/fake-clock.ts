// Virtual time: nothing waits, and a test says when time passes.
import type { Clock } from "../ports/ports.js";

/** A clock that stands still until it is told otherwise. */
export interface FakeClock extends Clock {
  /** Lets time pass, running what falls due in its order, with everything it sets off in between. */
  advance(ms: number): Promise<void>;
  /** Time passes as in a night's sleep: timers have stood still meanwhile. */
  sleep(ms: number): void;
  /** The wall clock is set, to epoch milliseconds: no time passes, and no timer runs for it. */
  set(now: number): void;
  /** Of which a setting changes nothing. */
  elapsed(): number;
  /** Time does not pass before it has settled: what a server is at work on takes none. */
  holdFor(work: Promise<unknown>): void;
  /** Timers that are armed now. */
  readonly armed: number;
}

/**
 * Makes a clock that a test moves.
 *
 * @param startAt epoch milliseconds @default the real time now, so that JWT times look current
 */
export function createFakeClock(startAt: number = Date.now()): FakeClock {
  /** What has passed. Not from 0: whoever takes it for the time of day is found out. */
  let passed = 1_000;
  let wallAhead = startAt - passed;
  let lastId = 0;
  const held = new Set<Promise<unknown>>();
  const timers = new Map<number, { at: number; readonly callback: () => void }>();

  const nextDue = (until: number): [number, { at: number; readonly callback: () => void }] | undefined =>
    [...timers].filter(([, timer]) => timer.at <= until).toSorted(([, a], [, b]) => a.at - b.at)[0];

  /** Promises, and Web Crypto, which answers from another thread, take turns; a server at work as long as it needs. */
  async function settle(): Promise<void> {
    await takeTurns();
    while (held.size > 0) {
      // oxlint-disable-next-line no-await-in-loop
      await Promise.allSettled(held);
      // oxlint-disable-next-line no-await-in-loop
      await takeTurns();
    }
  }

  return {
    now: () => passed + wallAhead,
    elapsed: () => passed,
    setTimeout(callback, ms) {
      timers.set(++lastId, { at: passed + Math.max(ms, 0), callback });
      return lastId;
    },
    clearTimeout: (timer) => void timers.delete(timer as number),
    async advance(ms) {
      const until = passed + ms;
      for (let due = nextDue(until); due; due = nextDue(until)) {
        const [id, timer] = due;
        passed = Math.max(passed, timer.at);
        timers.delete(id);
        timer.callback();
        await settle();
      }
      passed = until;
      await settle();
    },
    sleep(ms) {
      passed += ms;
      for (const timer of timers.values()) timer.at += ms;
    },
    set: (now) => void (wallAhead = now - passed),
    holdFor(work) {
      held.add(work);
      const letGo = (): void => void held.delete(work);
      work.then(letGo, letGo);
    },
    get armed() {
      return timers.size;
    },
  };
}

async function takeTurns(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  for (let turn = 0; turn < 3; turn++) {
    await new Promise<void>((resolve) => {
      port2.addEventListener("message", () => resolve(), { once: true });
      port2.start();
      port1.postMessage(null);
    });
  }
  port1.close();
}

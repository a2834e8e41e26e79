// What every lock must hold to, as cases for any test runner.
import type { WithLock } from "../ports/ports.js";
import { equal, type ContractCase } from "./contract-case.js";

/** What every {@link WithLock} must hold to. `create` gives two locks of the same app and account, as two processes would have them. */
export function lockContract(create: () => readonly [WithLock, WithLock]): readonly ContractCase[] {
  const { signal: never } = new AbortController();
  const contract = (name: string, run: (a: WithLock, b: WithLock) => Promise<void>): ContractCase => ({
    name,
    run: async () => run(...create()),
  });
  return [
    contract("the task's outcome is the outcome", async (lock) => {
      equal(await lock(async () => "value", { signal: never }), "value");
      const failed = lock(() => Promise.reject(new Error("no")), { signal: never });
      equal(await failed.catch((error: Error) => error.message), "no");
      equal(await lock(async () => "again", { signal: never }), "again");
    }),
    contract("tasks of two holders never overlap, nor two of one", async (a, b) => {
      let running = 0;
      let most = 0;
      const task = async (): Promise<void> => {
        most = Math.max(most, ++running);
        for (let turn = 0; turn < 5; turn++) await Promise.resolve();
        running--;
      };
      await Promise.all([a, b, a, b, a, b].map((lock) => lock(task, { signal: never })));
      equal(most, 1);
    }),
    contract("an abort ends the wait with its reason, and the lock stays usable", async (a, b) => {
      const leave = new AbortController();
      let release = (): void => {};
      let held = Promise.resolve();
      // A lock may take its time: only a task that has begun can be told to end.
      await new Promise<void>((begun) => {
        const task = (): Promise<void> => {
          begun();
          return new Promise((resolve) => (release = resolve));
        };
        held = a(task, { signal: never });
      });
      const waiting = b(async () => "never", { signal: leave.signal });
      leave.abort(new Error("gone"));
      equal(await waiting.catch((error: Error) => error.message), "gone");
      release();
      await held;
      equal(await b(async () => "mine", { signal: never }), "mine");
    }),
    contract("an abort that came before keeps the task from beginning", async (a) => {
      const begun: string[] = [];
      const aborted = AbortSignal.abort(new Error("gone"));
      const task = async (): Promise<void> => void begun.push("begun");
      equal(await a(task, { signal: aborted }).catch((error: Error) => error.message), "gone");
      equal(begun.length, 0);
    }),
    contract("a note is what the next holder finds, until one takes it away", async (a, b) => {
      const read = (lock: WithLock) => lock(async ({ readNote }) => readNote(), { signal: never });
      const write = (lock: WithLock, note: string | null) =>
        lock(async ({ writeNote }) => writeNote(note), { signal: never });
      equal(await read(a), null);
      const long = JSON.stringify({ note: "0123456789".repeat(18) });
      await write(a, long);
      equal(await read(b), long);
      equal(await read(a), long);
      await write(b, "short");
      equal(await read(a), "short");
      await write(a, null);
      equal(await read(b), null);
    }),
    contract("a note stays, whatever becomes of the task that wrote it", async (a, b) => {
      const failing = a(
        async ({ writeNote, readNote }) => {
          writeNote("sent");
          equal(readNote(), "sent");
          throw new Error("no");
        },
        { signal: never },
      );
      equal(await failing.catch((error: Error) => error.message), "no");
      equal(await b(async ({ readNote }) => readNote(), { signal: never }), "sent");
    }),
    contract("what is no note is refused, and the one before stays", async (a, b) => {
      await a(
        async ({ writeNote }) => {
          writeNote("before");
          for (const note of ["x".repeat(201), "", "two\nlines", "nul\0", "\u00e9", " around "]) {
            let refused = false;
            try {
              writeNote(note);
            } catch {
              refused = true;
            }
            equal(refused, true);
          }
        },
        { signal: never },
      );
      equal(await b(async ({ readNote }) => readNote(), { signal: never }), "before");
    }),
    contract("a lock that nobody has touched is still held", async (a) => {
      equal(await a(async ({ isStillHeld }) => isStillHeld(), { signal: never }), true);
    }),
  ];
}

import { expect, test } from "vitest";
import { createCallQueue } from "../../src/ground/call-queue.js";

function createQueue(timeoutMs: number) {
  return createCallQueue({
    timeoutMs,
    timedOut: (begun) => new Error(begun ? "begun, too slow" : "never begun"),
  });
}

function deferred<T>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}

test("tasks run one after the other, in the order of the calls, whatever becomes of each", async () => {
  const queue = createQueue(5_000);
  const seen: string[] = [];
  const task = (name: string, fails: boolean) => async () => {
    seen.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, 5));
    seen.push(`${name} ends`);
    if (fails) throw new Error(name);
    return name;
  };
  const results = await Promise.allSettled([
    queue.run(task("first", true)),
    queue.run(task("second", false)),
    queue.run(() => {
      throw new Error("third, at once");
    }),
    queue.run(task("fourth", false)),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "rejected", "fulfilled"]);
  expect(seen).toEqual([
    "first begins",
    "first ends",
    "second begins",
    "second ends",
    "fourth begins",
    "fourth ends",
  ]);
});

test("a task that takes too long rejects in time, and keeps its place until it settles", async () => {
  const queue = createQueue(40);
  const hanging = deferred<string>();
  let told: AbortSignal | undefined;
  const hangs = (signal: AbortSignal) => ((told = signal), hanging.promise);
  await expect(queue.run(hangs)).rejects.toThrow("begun, too slow");
  expect(told?.aborted).toBe(true);

  let ran = false;
  const waiting = queue.run(async () => (ran = true));
  await expect(waiting).rejects.toThrow("never begun");

  hanging.resolve("late");
  await expect(queue.run(async () => "served")).resolves.toBe("served");
  // Its caller has been told that it failed: done later, it would undo what came between.
  expect(ran).toBe(false);
});

// A loop that is really blocked: what arrived meanwhile is read before a limit speaks.
import { stat } from "node:fs";
import { pbkdf2 } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createCallQueue } from "../../src/ground/call-queue.js";
import { startLimit } from "../../src/ground/limit.js";

/** Nothing of this thread runs meanwhile. */
const block = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

const BLOCKERS = {
  "in a setImmediate": (ms: number) => void setImmediate(() => block(ms)),
  "in a callback of fs": (ms: number) => stat(".", () => block(ms)),
};

/** As a keyring does it: the answer comes from another thread, and is there long before the loop goes on. */
const answerOfAnotherThread = (): Promise<string> =>
  new Promise((resolve) => pbkdf2("words", "salt", 1_000, 32, "sha256", () => resolve("answer")));

describe.each(Object.entries(BLOCKERS))("the loop is blocked %s for longer than the limit", (_, blockFor) => {
  test("an answer that came meanwhile counts", async () => {
    const queue = createCallQueue({ timeoutMs: 200, timedOut: () => new Error("too slow") });
    const answers = [queue.run(answerOfAnotherThread), queue.run(answerOfAnotherThread)];
    blockFor(1_600);
    expect(await Promise.all(answers)).toEqual(["answer", "answer"]);
  });

  test("a limit whose answer never comes ends all the same, after as long again", async () => {
    const begin = performance.now();
    const over = new Promise<number>((resolve) => startLimit(200, () => resolve(performance.now() - begin)));
    blockFor(1_600);
    const ms = await over;
    expect(ms).toBeGreaterThan(1_790);
    // Not five seconds more: the limit itself is shorter.
    expect(ms).toBeLessThan(6_000);
  });

  test("a limit waits once more and not for ever", async () => {
    let calls = 0;
    const over = new Promise<void>((resolve) => startLimit(200, () => (calls++, resolve())));
    blockFor(1_600);
    setTimeout(() => block(1_600), 1_700);
    const begin = performance.now();
    await over;
    expect(performance.now() - begin).toBeLessThan(10_000);
    expect(calls).toBe(1);
  });
});

test("a short delay is given back, for what arrived in it, and what is called off does not speak", async () => {
  const spoken: string[] = [];
  const begin = performance.now();
  const over = new Promise<number>((resolve) => startLimit(2_000, () => resolve(performance.now() - begin)));
  const queue = createCallQueue({ timeoutMs: 2_000, timedOut: () => new Error("too slow") });
  const answer = queue.run(answerOfAnotherThread);
  const callOff = startLimit(100, () => spoken.push("called off"));
  setImmediate(() => block(2_100));
  callOff();
  expect(await answer).toBe("answer");
  const ms = await over;
  expect(ms).toBeGreaterThan(2_300);
  // Once more would be from 4,100 on.
  expect(ms).toBeLessThan(4_000);
  expect(spoken).toEqual([]);
});

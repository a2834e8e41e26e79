import { describe, expect, it } from "vitest";
import {
  clockContract,
  createFakeClock,
  createFakeListener,
  createFakeLock,
  listenerContract,
  createFakeServerCache,
  createFakeStamp,
  lockContract,
  serverCacheContract,
  stampContract,
} from "../../src/testing/index.js";

describe("the fake listener keeps the promises of the port", () => {
  const create = () => {
    const listener = createFakeListener();
    const statusOf = (answer: Awaited<ReturnType<typeof listener.visit>>): number => {
      if (typeof answer === "number") return answer;
      if (typeof answer === "string") return 302;
      return answer.outcome === "failure" ? 400 : 200;
    };
    return {
      listen: listener.listenForRedirect,
      visit: async (url: string) => statusOf(await listener.visit(url)),
      post: async (url: string) => statusOf(await listener.post(url)),
    };
  };
  for (const promise of listenerContract(create)) it(promise.name, () => promise.run());
});

describe("the fake clock keeps the promises of the port", () => {
  const create = () => {
    const clock = createFakeClock();
    return {
      clock,
      pass: (ms: number) => clock.advance(ms),
      whileSet: async <T>(ms: number, task: () => Promise<T>): Promise<T> => {
        clock.set(clock.now() + ms);
        try {
          return await task();
        } finally {
          clock.set(clock.now() - ms);
        }
      },
    };
  };
  for (const promise of clockContract(create)) it(promise.name, () => promise.run());
});

describe("the fake lock keeps the promises of the port", () => {
  const create = () => {
    const lock = createFakeLock();
    return [lock, lock] as const;
  };
  for (const promise of lockContract(create)) it(promise.name, () => promise.run());
});

describe("the fake stamp keeps the promises of the port", () => {
  const create = () => {
    const stamp = createFakeStamp();
    return [stamp, stamp] as const;
  };
  for (const promise of stampContract(create)) it(promise.name, () => promise.run());
});

describe("the fake cache keeps the promises of the port", () => {
  const create = () => {
    const cache = createFakeServerCache();
    return [cache, cache] as const;
  };
  for (const promise of serverCacheContract(create)) it(promise.name, () => promise.run());
});

describe("the wall clock of the fake clock", () => {
  it("is set without time passing: no timer runs, and what has elapsed stays", async () => {
    const clock = createFakeClock(1_000_000);
    const ran: number[] = [];
    clock.setTimeout(() => ran.push(clock.now()), 1_000, { keepAlive: true });
    const before = clock.elapsed();
    clock.set(9_000_000);
    expect([clock.now(), clock.elapsed(), ran]).toEqual([9_000_000, before, []]);
    await clock.advance(1_000);
    expect([clock.now(), clock.elapsed(), ran]).toEqual([9_001_000, before + 1_000, [9_001_000]]);
  });
});

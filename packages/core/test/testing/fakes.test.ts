import { describe, it } from "vitest";
import {
  clockContract,
  createFakeClock,
  createFakeListener,
  createFakeLock,
  listenerContract,
  lockContract,
} from "../../src/testing/index.js";

describe("the fake listener keeps the promises of the port", () => {
  const create = () => {
    const listener = createFakeListener();
    return {
      listen: listener.listenForRedirect,
      visit: async (url: string) => {
        const answer = await listener.visit(url);
        if (typeof answer === "number") return answer;
        if (typeof answer === "string") return 302;
        return answer.outcome === "failure" ? 400 : 200;
      },
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
      whileSet: <T>(_ms: number, task: () => Promise<T>) => task(),
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

import { clockContract, listenerContract } from "@loopkey/core/testing";
import { describe, test, vi } from "vitest";
import { createLoopbackListener, systemClock } from "../src/index.js";

const statusOf = (url: string, init: RequestInit = {}): Promise<number> =>
  fetch(url, { ...init, redirect: "manual" }).then(
    ({ status }) => status,
    () => 0,
  );

describe("the loopback listener keeps the promises of the port", () => {
  const create = () => ({
    listen: createLoopbackListener(),
    visit: (url: string) => statusOf(url),
    post: (url: string) => {
      const { origin, pathname, searchParams } = new URL(url);
      return statusOf(origin + pathname, { method: "POST", body: searchParams });
    },
  });
  for (const promise of listenerContract(create)) test(promise.name, () => promise.run());
});

describe("the system clock keeps the promises of the port", () => {
  const create = () => ({
    clock: systemClock,
    // What is tested is a timer: another one of the system says when its time is over.
    pass: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
    // This process's alone: the machine's is everybody's.
    async whileSet<T>(ms: number, task: () => Promise<T>) {
      const real = Date.now;
      const set = vi.spyOn(Date, "now").mockImplementation(() => real() + ms);
      try {
        return await task();
      } finally {
        set.mockRestore();
      }
    },
  });
  for (const promise of clockContract(create)) test(promise.name, () => promise.run());
});

import { lockContract } from "@loopkey/core/testing";
import { describe, test } from "vitest";
import { createTurnLock } from "../../src/lock/within-process.js";

describe("the lock of a store in memory keeps the contract", () => {
  const both = () => {
    const lock = createTurnLock();
    return [lock, lock] as const;
  };
  for (const promise of lockContract(both)) test(promise.name, () => promise.run());
});

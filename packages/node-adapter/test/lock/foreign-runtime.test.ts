// Where the addon does not run: which functions of the system are called instead, and where there are none. That they lock, among
// processes on all runtimes, is shown on the real ones (e2e/test/runtimes.test.ts).
import type { PortError } from "@loopkey/core";
import { describe, expect, test } from "vitest";
import { loadCalledLocks } from "../../src/lock/inside/called-locks.js";
import {
  functionsOf,
  type ForeignRuntime,
  type SystemFunction,
} from "../../src/lock/inside/foreign-runtime.js";
import { loadOrExplain } from "../../src/lock/inside/system-locks.js";

const asked: unknown[] = [];
const library = (file: string, symbols: Readonly<Record<string, object>>) => {
  asked.push([file, symbols]);
  const named = Object.keys(symbols).map((name) => [name, () => 0] as const);
  return { symbols: Object.fromEntries(named) };
};
const deno = { version: { deno: "2.9.6" }, dlopen: library };
const bun = () => ({ dlopen: library });

async function refusal(platform: NodeJS.Platform, runtime: ForeignRuntime): Promise<PortError> {
  return loadOrExplain(() => loadCalledLocks(functionsOf(runtime, platform), platform)).then(
    () => expect.unreachable("there are locks"),
    (error: PortError) => error,
  );
}

describe("the functions of the system", () => {
  test.each([
    ["Deno", "linux", { deno }, "libc.so.6", { parameters: ["i32", "i32", "buffer"], result: "i32" }],
    ["Bun", "linux", { bun }, "libc.so.6", { args: ["i32", "i32", "ptr"], returns: "i32" }],
  ] as const)("are named in the words of %s", (_, platform, runtime, file, fcntl) => {
    asked.length = 0;
    loadCalledLocks(functionsOf(runtime, platform), platform);
    expect(asked).toEqual([[file, { fcntl }]]);
  });

  test("are macOS' own there, for a lock of the kind that the addon sets", () => {
    asked.length = 0;
    loadCalledLocks(functionsOf({ bun }, "darwin"), "darwin");
    expect(asked).toEqual([["libSystem.B.dylib", { flock: { args: ["i32", "i32"], returns: "i32" } }]]);
  });
});

describe("a sign-in is refused, with what to do", () => {
  test("on a Deno whose descriptors may be another's", async () => {
    const failure = await refusal("linux", { deno: { ...deno, version: { deno: "2.8.9" } } });
    expect(failure.code).toBe("lock_unavailable");
    expect(failure.message).toContain("Deno 2.8.9 is too old");
    expect(failure.hint).toContain("deno upgrade");
  });

  test("on a Deno that may not call the system", async () => {
    const dlopen = () => {
      throw new Error("Requires ffi access");
    };
    const failure = await refusal("linux", { deno: { ...deno, dlopen } });
    expect(failure.code).toBe("lock_unavailable");
    expect(failure.hint).toContain("--allow-ffi");
  });

  test("on a Deno for a system whose functions are not known", async () => {
    const failure = await refusal("win32", { deno });
    expect(failure.code).toBe("lock_unavailable");
    expect(failure.message).toContain("Deno for win32");
    expect(failure.hint).toContain("on Node");
  });
});

describe("fcntl tells nothing but yes and no", () => {
  const F_OFD_SETLK = 37;
  const F_UNLCK = 2;
  const typeIn = (lock: Uint8Array): Int16Array => new Int16Array(lock.buffer, 0, 1);

  /** `answers`: of who has the lock when it is refused, one a time. */
  const kernel =
    (...answers: readonly ("another" | "nobody" | "no locks" | "free")[]): SystemFunction =>
    () => {
      const left = [...answers];
      return (_fd, command, lock) => {
        if (command === F_OFD_SETLK) return left[0] === "free" ? 0 : -1;
        const answer = left.shift();
        if (answer === "nobody") typeIn(lock as Uint8Array)[0] = F_UNLCK;
        return answer === "no locks" ? -1 : 0;
      };
    };

  test("what another has is not given", () => {
    expect(loadCalledLocks(kernel("another"), "linux").tryLock(5)).toBe(false);
  });

  test("what was given back between the two questions is asked for again", () => {
    expect(loadCalledLocks(kernel("nobody", "free"), "linux").tryLock(5)).toBe(true);
    expect(loadCalledLocks(kernel("nobody", "another"), "linux").tryLock(5)).toBe(false);
  });

  test("a file system without locks is an error, not a lock that another has", () => {
    expect(() => loadCalledLocks(kernel("no locks"), "linux").tryLock(5)).toThrow(/fcntl/);
    expect(() => loadCalledLocks(kernel("nobody", "nobody", "nobody"), "linux").tryLock(5)).toThrow(/fcntl/);
  });
});

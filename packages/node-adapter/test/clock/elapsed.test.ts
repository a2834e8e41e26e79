// The time that decides deadlines: sleep counts, settings do not.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { createElapsed } from "../../src/clock/elapsed.js";
import { lacking } from "../support/platform.js";

/** A machine whose two clocks a test moves. */
function machine(platform: NodeJS.Platform, { coarseMs = 10 } = {}) {
  let awake = 5_000;
  let slept = 3_600_000;
  const elapsed = createElapsed({
    awake: () => awake,
    sinceBoot: () => (Math.floor((awake + slept) / coarseMs) * coarseMs) / 1_000,
    platform,
  });
  return { elapsed, pass: (ms: number) => void (awake += ms), sleep: (ms: number) => void (slept += ms) };
}

describe.each(["linux", "win32"] as const)("on %s", (platform) => {
  test("a night's sleep counts, though the fine clock stood still", () => {
    const { elapsed, pass, sleep } = machine(platform);
    const before = elapsed();
    pass(1_000);
    sleep(8 * 3_600_000);
    const passed = elapsed() - before;
    expect(Math.abs(passed - 8 * 3_600_000 - 1_000)).toBeLessThan(20);
  });

  test("many short sleeps add up", () => {
    const { elapsed, pass, sleep } = machine(platform);
    const before = elapsed();
    for (let nap = 0; nap < 1_000; nap++) {
      pass(7);
      sleep(30);
      elapsed();
    }
    expect(Math.abs(elapsed() - before - 37_000)).toBeLessThan(150);
  });

  test("it is as fine as the fine clock, and never goes back", () => {
    const { elapsed, pass } = machine(platform, { coarseMs: 16 });
    let last = elapsed();
    for (let step = 0; step < 5_000; step++) {
      pass(0.37);
      const now = elapsed();
      expect(now - last).toBeCloseTo(0.37, 5);
      last = now;
    }
  });
});

test("on macOS the fine clock counts sleep, and a boot time made of the wall clock is not looked at", () => {
  const elapsed = createElapsed({
    awake: () => 42,
    sinceBoot: () => Math.random() * 1e9,
    platform: "darwin",
  });
  expect([elapsed(), elapsed()]).toEqual([42, 42]);
});

/** A process whose CLOCK_BOOTTIME is two hours ahead of what it is outside: a time namespace, for root on Linux alone. */
const canShiftBoot =
  process.platform === "linux" &&
  spawnSync("unshare", ["--time", "--boottime", "7200", "--fork", "true"]).status === 0;

test.runIf(canShiftBoot)(
  lacking("unshare", "on a real kernel it is the time that counts sleep which is read"),
  () => {
    const source = fileURLToPath(new URL("../../build/clock/elapsed.js", import.meta.url));
    const script = `import(${JSON.stringify(source)}).then(({ createElapsed }) => console.log(createElapsed()()))`;
    const read = (command: string, ...args: string[]): number =>
      Number(spawnSync(command, [...args, process.execPath, "-e", script], { encoding: "utf8" }).stdout);
    const outside = read("env");
    const inside = read("unshare", "--time", "--boottime", "7200", "--fork");
    expect(inside - outside).toBeGreaterThan(7_199_000);
    expect(inside - outside).toBeLessThan(7_260_000);
  },
);

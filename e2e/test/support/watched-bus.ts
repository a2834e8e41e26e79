// Counts what programs ask of a D-Bus session: how often a person was to be prompted, how often anything was written.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import type { Bus } from "./secret-service.js";

export interface WatchedBus {
  /** How often a method was called by now, whoever answers. */
  calls(member: string): Promise<number>;
}

const MARK = "org.loopkey.Mark";

/** From now on, until the test is finished. */
export async function watchBus(bus: Bus): Promise<WatchedBus> {
  const monitor = spawn("dbus-monitor", ["--session", "type=method_call", `interface=${MARK}`], {
    env: { ...process.env, ...bus.env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  onTestFinished(() => void monitor.kill("SIGKILL"));
  const counts = new Map<string, number>();
  const marks = new Set<string>();
  let heard = (): void => {};
  createInterface(monitor.stdout).on("line", (line) => {
    const [, member = ""] = /^(?:method call|signal) .* member=(\w+)$/.exec(line) ?? [];
    if (line.includes(`interface=${MARK};`)) {
      marks.add(member);
      heard();
    } else if (member !== "") counts.set(member, (counts.get(member) ?? 0) + 1);
  });

  /** What the monitor tells comes in the order in which it was said: a signal of ours has come, and so has all before it. */
  async function caughtUp(): Promise<void> {
    const mark = `M${crypto.randomUUID().replaceAll("-", "")}`;
    while (!marks.has(mark)) {
      const next = new Promise<void>((resolve) => (heard = resolve));
      // oxlint-disable-next-line no-await-in-loop
      await bus.ask("dbus-send", "--type=signal", "/org/loopkey/mark", `${MARK}.${mark}`);
      // The monitor may not have begun yet.
      // oxlint-disable-next-line no-await-in-loop
      await Promise.race([next, new Promise((resolve) => setTimeout(resolve, 200))]);
    }
  }

  await caughtUp();
  return {
    async calls(member) {
      await caughtUp();
      return counts.get(member) ?? 0;
    },
  };
}

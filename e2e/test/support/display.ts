// A screen that nobody sees, for programs with windows.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";

/** The value for DISPLAY; gone when the test is finished. */
export async function startDisplay(): Promise<string> {
  const args = ["-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"];
  const server = spawn("Xvfb", args, { stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void server.kill("SIGKILL"));
  const { value } = await createInterface(server.stdout)[Symbol.asyncIterator]().next();
  if (value === undefined) throw new Error("Xvfb ended at once.");
  return `:${value as string}`;
}

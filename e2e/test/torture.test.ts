// The short forms of the programs of `torture`. The long ones and their figures: docs/torture.md.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { missingForSecretService } from "./support/secret-service.js";

const run = promisify(execFile);

/** What it prints; rejects with it when something did not hold. */
async function torture(program: string, ...options: readonly string[]): Promise<string> {
  const file = fileURLToPath(new URL(`../../torture/dist/${program}.js`, import.meta.url));
  const { stdout } = await run(process.execPath, [file, ...options], { timeout: 110_000 }).catch(
    (error: Error & { stdout: string; stderr: string }) => {
      throw new Error(`${error.stdout}${error.stderr}`, { cause: error });
    },
  );
  return stdout;
}

describe("torture", { timeout: 120_000 }, () => {
  test("five processes share one account in a keyring, and nobody is signed out", async (ctx) => {
    if (missingForSecretService !== undefined) ctx.skip(`gnome-keyring is ${missingForSecretService}`);
    const report = await torture("processes", "--processes", "5", "--seconds", "5");

    expect(report).toContain("Everything held.");
    expect(report).toMatch(/refresh tokens that came twice +0 +0\n/);
    expect(report).toMatch(/failed calls +0 +0\n/);
    // It was not for want of trying.
    expect(report).toMatch(/refresh requests to the server +[1-9]\d* +[1-9]\d*\n/);
    expect(report).toMatch(/adopted .* +[1-9]\d* +[1-9]\d*\n/);
  });

  test("hostile requests and ten thousand half-sent connections do not keep the person out", async () => {
    const report = await torture(
      "listener",
      "--requests",
      "3000",
      "--connections",
      "10000",
      "--seconds",
      "4",
    );

    expect(report).toContain("Everything held.");
  });

  test("killed in the middle of a refresh, an app finds its session whole at the next start", async () => {
    const report = await torture("crashes", "--rounds", "20", "--keyring", "0");

    expect(report).toContain("20 kills");
    expect(report).toContain("Everything held.");
  });

  test("of lost requests and answers only those end a session that the server made, and then only without a grace", async () => {
    const report = await torture("network", "--losses", "1", "--processes", "12");

    expect(report).toContain("Everything held.");
    // Rounds, answers and sessions lost; the same of a client that just tries again. It was not for want of trying.
    expect(report).toMatch(/grace of 10 s[^]*?\n {2}all +17 +12 +0 +1[23] +0\n/);
    expect(report).toMatch(/grace of 0 s[^]*?\n {2}all +17 +12 +12 +1[23] +1[23]\n/);
  });
});

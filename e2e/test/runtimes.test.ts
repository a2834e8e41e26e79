// On every runtime that docs/runtimes.md names: the contracts of the ports, the journey of an app and of `loopkey`, and one lock.
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { PromiseReport } from "../programs/runtime-contracts.js";
import { expectAppJourney, jsonLines } from "./support/app-journey.js";
import { cliPath } from "./support/cli.js";
import {
  createPersonAtHome,
  expectLoopkeyJourney,
  type End,
  type Person,
} from "./support/loopkey-journey.js";
import { programPath } from "./support/program.js";
import { runtimes, type Runtime } from "./support/runtimes.js";
import { missingForSecretService } from "./support/secret-service.js";

const docs = await readFile(new URL("../../docs/runtimes.md", import.meta.url), "utf8");

/** By what a line of the table begins with: its cells. */
function rowsOf(heading: string): readonly (readonly string[])[] {
  const section = docs.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| "));
  return rows.slice(2).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

it("the docs name these versions, and no others", () => {
  expect(rowsOf("What runs where").map(([title]) => title)).toEqual(runtimes.map(({ title }) => title));
});

describe.each(runtimes)("$title", (runtime) => {
  beforeEach((ctx) => {
    ctx.skip(runtime.missing !== undefined, runtime.missing);
    ctx.skip(missingForSecretService !== undefined, missingForSecretService);
  });

  it("keeps the promises of every port, but for those that the docs name", async () => {
    const person = await createPersonAtHome();
    const end = await runProgram(person, runtime, "runtime-contracts", {
      stores: ["keyring", "encrypted-file"],
    });
    const reports = jsonLines(end).filter((line) => line["type"] === "promise") as unknown as PromiseReport[];
    expect(end).toMatchObject({ code: 0, stdout: expect.stringMatching(/"type":"done"\}\n$/) });
    expect(reports.length).toBeGreaterThan(90);
    const named = rowsOf("Where they differ")
      .filter(([on]) => on === runtime.title || on === runtime.title.split(" ")[0])
      .map(([, name]) => name);
    const broken = reports.filter((report) => report.broken !== null);
    expect(broken.filter(({ name }) => !named.includes(name))).toEqual([]);
    expect(named.filter((name) => !broken.some((report) => report.name === name))).toEqual([]);
  });

  it("an app signs in, refreshes, comes back to its session in another process, and signs out", async () => {
    const person = await createPersonAtHome();
    const env = { ...runtime.env, ...(await withKey(person)) };
    const program = [...runtime.command, programPath("runtime-journey")];
    await expectAppJourney((order) => person.run([...program, order], env), person, "encrypted-file");
  });

  it("`loopkey` signs in, is signed in in every command, and signs out", async () => {
    const person = await createPersonAtHome();
    await expectLoopkeyJourney(
      (...args) => person.run([...runtime.command, cliPath, ...args], runtime.env),
      person,
    );
  });
});

describe("the lock", () => {
  beforeEach((ctx) => {
    const missing = runtimes.find((runtime) => runtime.missing !== undefined)?.missing;
    ctx.skip(missing !== undefined, missing);
    ctx.skip(missingForSecretService !== undefined, missingForSecretService);
  });

  it("is one for processes on all of them: nobody's turn is lost", async () => {
    const person = await createPersonAtHome();
    const counter = join(person.home, "counter");
    await writeFile(counter, "0");
    const times = 20;
    const ends = await Promise.all(
      runtimes.map((runtime) => runProgram(person, runtime, "runtime-lock", { counter, times })),
    );
    expect(ends.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      runtimes.map(() => ({ code: 0, stderr: "" })),
    );
    expect(await readFile(counter, "utf8")).toBe(String(times * runtimes.length));
  });
});

async function runProgram(person: Person, runtime: Runtime, name: string, order: object): Promise<End> {
  const command = [...runtime.command, programPath(name), JSON.stringify(order)];
  return person.run(command, { ...runtime.env, ...(await withKey(person)) });
}

/** For the encrypted file; the same each time. */
async function withKey({ home }: Person): Promise<NodeJS.ProcessEnv> {
  const key = join(home, "key");
  await writeFile(key, randomBytes(32).toString("hex"), { mode: 0o600, flag: "wx" }).catch(() => {});
  return { LOOPKEY_KEY_FILE: key };
}

// Where a native part comes from. The real packers: e2e/test/packed-programs.test.ts.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PortError } from "@loopkey/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type * as NativePartsModule from "../../src/ground/native-parts.js";

let parts: Readonly<typeof NativePartsModule>;
// What was given stays, for the whole process: each test has a copy of the module for itself.
beforeEach(async () => {
  vi.resetModules();
  parts = await import("../../src/ground/native-parts.js");
});

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "loopkey-parts-"))));
afterEach(() => rm(folder, { recursive: true }));

const keyring = { AsyncEntry: () => {} };
const locks = { tryLock: () => {} };
const beside = vi.fn(() => "beside");
beforeEach(() => void beside.mockClear());

function failureOf(name: "keyring" | "locks", load: () => unknown = beside): PortError {
  try {
    parts.loadNativePart(name, load);
  } catch (error) {
    return error as PortError;
  }
  return expect.unreachable("it was loaded");
}

test("one that was given is taken, and nothing is looked for beside the packages", () => {
  parts.giveNativeParts({ keyring: () => keyring, locks: () => locks });
  expect(parts.loadNativePart("keyring", beside)).toBe(keyring);
  expect(parts.loadNativePart("locks", beside)).toBe(locks);
  expect(beside).not.toHaveBeenCalled();
});

test("one that came as a module's default is taken out of it", () => {
  parts.giveNativeParts({ keyring: () => ({ default: keyring }), locks: () => ({ default: locks }) });
  expect(parts.loadNativePart("locks", beside)).toBe(locks);
});

test("a path is that of its file", async () => {
  const file = join(folder, "locks.cjs");
  await writeFile(file, "exports.tryLock = () => 'from the file';");
  parts.giveNativeParts({ keyring: () => undefined, locks: () => file });
  const loaded = parts.loadNativePart<{ tryLock(): string }>("locks", () => expect.unreachable());
  expect(loaded.tryLock()).toBe("from the file");
});

test("where nothing was given, or nothing for this program, it is looked for beside the packages", () => {
  expect(parts.loadNativePart("keyring", beside)).toBe("beside");
  parts.giveNativeParts({ keyring: () => undefined, locks: () => undefined });
  expect(parts.loadNativePart("keyring", beside)).toBe("beside");
});

test.each([
  ["is not there", () => "./nowhere.node"],
  ["cannot be loaded", () => expect.unreachable("Dynamic require is not supported")],
  ["is another part", () => keyring],
  ["is nothing at all", () => null],
])("a given one that %s is told as one that was not packed, never looked for elsewhere", (_, given) => {
  parts.giveNativeParts({ keyring: () => keyring, locks: given });
  const failure = failureOf("locks");
  expect(failure.message).toBe("This program was packed without the part that locks the session.");
  expect(failure.hint).toContain("giveNativeParts");
  expect(failure.cause).toBeInstanceOf(Error);
  expect(beside).not.toHaveBeenCalled();
});

test("what goes wrong with a package that is there is not told as packing", () => {
  const cause = new Error("libsecret is missing");
  const load = (): never => {
    throw cause;
  };
  expect(failureOf("keyring", load)).toBe(cause);
});

test("a Deno that does not let it be loaded is named", () => {
  const cause = Object.assign(new Error("Requires ffi access"), { name: "NotCapable" });
  const failure = failureOf("keyring", () => {
    throw cause;
  });
  expect(failure).toMatchObject({ hint: "Start Deno with --allow-ffi.", cause });
});

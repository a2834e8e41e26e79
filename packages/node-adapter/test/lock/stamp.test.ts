// The stamp beside the lock: any two renewals differ, and looking at it costs a stat.
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, stat, symlink, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { stampContract } from "@loopkey/core/testing";
import { createSessionStamp } from "../../src/lock/stamp.js";
import { posixTest } from "../support/platform.js";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "loopkey-stamp-"));
  file = join(folder, "default.stamp");
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const stamp = () => createSessionStamp(() => file);

describe("a stamp", () => {
  for (const promise of stampContract(() => [stamp(), stamp()])) test(promise.name, () => promise.run());

  test("is another one after each renewal, of which many fall into one tick of the clock", () => {
    const seen = new Set<string | null>([stamp().read()]);
    for (let n = 0; n < 1_000; n++) {
      stamp().renew();
      seen.add(stamp().read());
    }
    expect(seen.size).toBe(1_001);
    expect(seen.has(null)).toBe(true);
  });

  test("is another one even when its time is set back to what it was", async () => {
    stamp().renew();
    const [before, { atime, mtime }] = [stamp().read(), await stat(file)];
    stamp().renew();
    await utimes(file, atime, mtime);
    expect(stamp().read()).not.toBe(before);
  });

  test("is the same as long as nobody renews it, for every process", () => {
    stamp().renew();
    const before = stamp().read();
    expect([stamp().read(), stamp().read()]).toEqual([before, before]);
  });

  test("that was deleted is none", async () => {
    stamp().renew();
    await rm(file);
    expect(stamp().read()).toBeNull();
  });

  posixTest("links without rights")(
    "never throws: without a folder, without a home, with a folder or a link in its place",
    async () => {
      const broken = [
        createSessionStamp(() => join(folder, "missing", "default.stamp")),
        createSessionStamp(() => {
          throw new Error("There is no home");
        }),
      ];
      await mkdir(join(folder, "a.stamp"));
      await symlink(join(folder, "nowhere"), join(folder, "b.stamp"));
      broken.push(...["a", "b"].map((name) => createSessionStamp(() => join(folder, `${name}.stamp`))));
      for (const { read, renew } of broken) {
        renew();
        expect(read()).toBeNull();
      }
    },
  );

  posixTest("modes")("is for its owner alone", async () => {
    const umask = process.umask(0);
    try {
      stamp().renew();
    } finally {
      process.umask(umask);
    }
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  posixTest("ulimit")("changes on a disk that takes no more, by its time", async () => {
    stamp().renew();
    const [before, { size }] = [stamp().read(), await stat(file)];
    // A limit of the system on the size of files: each write fails, as on a full disk.
    const module = new URL("../../build/lock/stamp.js", import.meta.url);
    const program = `const { createSessionStamp } = await import(${JSON.stringify(module)});
      createSessionStamp(() => process.argv[1]).renew();`;
    const options = [process.execPath, "--input-type=module", "-e", program, file];
    execFileSync("sh", ["-c", 'ulimit -f 0; exec "$@"', "sh", ...options]);
    expect((await stat(file)).size).toBe(size);
    expect(stamp().read()).not.toBe(before);
  });
});

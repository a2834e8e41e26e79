// Where there can be no lock: there is no task without one, and a probe says so before anything else is done.
import { spawn } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PortError } from "@loopkey/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createProcessLock, probeProcessLock, type FileLocks } from "../../src/lock/across-processes.js";
import { canMount, fillInodes, mountSmallDisk } from "../support/small-disk.js";
import { isWindows, lacking, posixTest } from "../support/platform.js";

const { signal: never } = new AbortController();
const noLocks: FileLocks = { tryLock: () => true, unlock: () => {} };

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "loopkey-no-lock-")));
  file = join(folder, "state", "default.lock");
});
afterEach(async () => {
  await chmod(folder, 0o700);
  await rm(folder, { recursive: true });
});

const failureOf = (promise: Promise<unknown>): Promise<PortError> =>
  promise.then(
    () => expect.unreachable("the lock was given"),
    (error: PortError) => error,
  );

/** What a probe says, which is what a task is refused with. */
async function refusal(options: { readonly loadLocks?: () => FileLocks } = {}): Promise<PortError> {
  const begun: string[] = [];
  const withLock = createProcessLock({ file, ...options });
  const failure = await failureOf(withLock(async () => begun.push("begun"), { signal: never }));
  expect(begun).toEqual([]);
  const probed = await failureOf(probeProcessLock({ file, ...options }));
  expect([probed.code, probed.message]).toEqual([failure.code, failure.message]);
  return probed;
}

describe("there is no task without a lock, and a probe rejects with the same", () => {
  test("when the library is missing", async () => {
    const cause = new Error("Cannot find addon");
    const loadLocks = () => {
      throw cause;
    };
    const failure = await refusal({ loadLocks });
    expect(failure).toMatchObject({ code: "lock_unavailable", cause });
    expect(failure.hint).toContain("Install the app's dependencies again");
  });

  test("when the file system has none", async () => {
    const cause = Object.assign(new Error("no locks available"), { code: "ENOLCK" });
    const tryLock = () => {
      throw cause;
    };
    const failure = await refusal({ loadLocks: () => ({ ...noLocks, tryLock }) });
    expect(failure).toMatchObject({ code: "lock_unavailable", cause });
    expect(failure.hint).toContain("on a disk of this computer");
  });

  test("when the file is no file", async () => {
    await mkdir(file, { recursive: true, mode: 0o700 });
    await chmod(join(folder, "state"), 0o700);
    // Windows opens folders.
    expect((await refusal()).code).toBe(isWindows ? "insecure_lock_file" : "lock_unavailable");
  });

  test.skipIf(!canMount.tmpfs)(
    lacking(
      "a mount",
      "when there is no room for the file, which is told from one that is in the way (needs root on Linux)",
    ),
    async () => {
      const disk = await mountSmallDisk("tmpfs");
      fillInodes(disk);
      file = join(disk, "default.lock");
      expect(await refusal()).toMatchObject({
        code: "lock_unavailable",
        message: expect.stringContaining("ENOSPC"),
        hint: expect.stringMatching(/^The disk is full/),
      });
    },
  );

  posixTest("modes")("when its folder is open to others", async () => {
    await mkdir(join(folder, "state"));
    await chmod(join(folder, "state"), 0o777);
    expect((await refusal()).code).toBe("insecure_folder");
  });

  test("when its folder cannot be made", async () => {
    await writeFile(join(folder, "state"), "a file");
    expect((await refusal()).code).toBe("folder_unavailable");
  });

  test("and a lock that cannot be given back does not change the outcome", async () => {
    const unlock = () => {
      throw new Error("no");
    };
    const withLock = createProcessLock({ file, loadLocks: () => ({ ...noLocks, unlock }) });
    expect(await withLock(async () => "value", { signal: never })).toBe("value");
  });
});

describe("a probe", () => {
  test("counts a lock that another holds as one that can be had, and does not wait for it", async () => {
    let asked = 0;
    const tryLock = () => ++asked < 0;
    await probeProcessLock({ file, loadLocks: () => ({ ...noLocks, tryLock }) });
    expect(asked).toBe(1);
    await createProcessLock({ file })(() => probeProcessLock({ file }), { signal: never });
  });

  test("leaves the lock free", async () => {
    await probeProcessLock({ file });
    expect(await createProcessLock({ file })(async () => "mine", { signal: never })).toBe("mine");
  });
});

/** The lock as it was built, without a folder above in which its native part is found. */
async function bundled(): Promise<string> {
  const built = fileURLToPath(new URL("../../build/", import.meta.url));
  for (const room of ["lock", "ground", "private-files"])
    await cp(join(built, room), join(folder, "app", room), { recursive: true });
  await writeFile(join(folder, "app", "package.json"), '{ "type": "module" }');
  const program = join(folder, "app", "program.mjs");
  await writeFile(
    program,
    `import { probeProcessLock } from "./lock/across-processes.js";
     await probeProcessLock({ file: process.argv[2] }).then(
       () => console.log("locked"),
       ({ code, hint }) => console.log(code, hint),
     );`,
  );
  return program;
}

async function outputOf(command: string, ...args: string[]): Promise<string> {
  // NODE_PATH would lead back to the checkout.
  const { NODE_PATH: _, ...env } = process.env;
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"], env });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await new Promise((resolve) => child.once("error", resolve).once("close", resolve));
  return output;
}

const NAMESPACE = ["--user", "--map-root-user", "--mount"];
const mayMount =
  process.platform === "linux" && (await outputOf("unshare", ...NAMESPACE, "echo", "yes")) !== "";

describe("real processes", () => {
  test("a program that was bundled without the native part is told what it must bring", async () => {
    const output = await outputOf(process.execPath, await bundled(), file);
    expect(output).toMatch(/^lock_unavailable Whoever packs it hands that in, by giveNativeParts .*\n$/);
  });

  test.skipIf(!mayMount)(
    lacking("unshare", "a home that is read-only has no lock (needs unshare, user namespaces)"),
    async () => {
      const home = join(folder, "home");
      await mkdir(home);
      const readOnly = 'mount -t tmpfs -o ro tmpfs "$1"; exec "$2" "$3" "$4"';
      const options = [home, process.execPath, await bundled(), join(home, "state", "default.lock")];
      const output = await outputOf("unshare", ...NAMESPACE, "sh", "-c", readOnly, "sh", ...options);
      expect(output).toMatch(/^folder_unavailable .*Make the folder above it one that you can write to/);
    },
  );
});

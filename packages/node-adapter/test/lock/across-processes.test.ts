// The lock inside one process. Between processes: several-processes.test.ts.
import {
  chmod,
  chown,
  link,
  mkdir,
  mkdtemp,
  readdir,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PortError, WithLock } from "@loopkey/core";
import { lockContract } from "@loopkey/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createProcessLock, type FileLocks } from "../../src/lock/across-processes.js";
import { lacking, posixTest } from "../support/platform.js";

const { signal: never } = new AbortController();

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "loopkey-lock-")));
  file = join(folder, "state", "default.lock");
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function failureOf(promise: Promise<unknown>): Promise<PortError> {
  return promise.then(
    () => expect.unreachable("the lock was given"),
    (error: PortError) => error,
  );
}

/** A task that holds the lock until it is told. */
function holding(withLock: WithLock) {
  let release = (): void => {};
  let begun = (): void => {};
  const held = new Promise<void>((resolve) => (begun = resolve));
  const task = () =>
    new Promise<void>((resolve) => {
      release = resolve;
      begun();
    });
  return { done: withLock(task, { signal: never }), held, release: () => release() };
}

/** Locks that know nothing of each other: what is exclusive with them is so by the queue. */
const noLocks: FileLocks = { tryLock: () => true, unlock: () => {} };

describe("a lock of a file keeps the contract", () => {
  type Pair = readonly [WithLock, WithLock];
  const two = (loadLocks?: () => FileLocks): Pair => {
    const options = loadLocks ? { file, loadLocks } : { file };
    return [createProcessLock(options), createProcessLock(options)];
  };
  /** Two names of one file: the queue takes them for two. */
  async function twoNames(): Promise<Pair> {
    await createProcessLock({ file })(async () => {}, { signal: never });
    const other = join(folder, "state", "other.lock");
    await link(file, other);
    return [createProcessLock({ file }), createProcessLock({ file: other })];
  }

  describe("with the queue and the kernel", () => {
    for (const promise of lockContract(() => two())) test(promise.name, () => promise.run());
  });
  describe("by the queue alone", () => {
    for (const promise of lockContract(() => two(() => noLocks))) test(promise.name, () => promise.run());
  });
  describe("by the kernel alone", () => {
    let pair: Pair;
    beforeEach(async () => {
      pair = await twoNames();
    });
    for (const promise of lockContract(() => pair)) test(promise.name, () => promise.run());
  });
});

describe("tasks of one process", () => {
  test("take turns in the order they came, over several locks of the file, whatever the kernel says", async () => {
    const loadLocks = () => noLocks;
    const [a, b] = [createProcessLock({ file, loadLocks }), createProcessLock({ file, loadLocks })];
    const trail: string[] = [];
    const run = (withLock: WithLock, name: string) =>
      withLock(
        async () => {
          trail.push(`${name} begins`);
          await new Promise((resolve) => setTimeout(resolve, 5));
          trail.push(`${name} ends`);
        },
        { signal: never },
      );
    await run(a, "first");
    await Promise.all([run(b, "second"), run(a, "third"), run(b, "fourth")]);
    expect(trail).toEqual(
      ["first", "second", "third", "fourth"].flatMap((name) => [`${name} begins`, `${name} ends`]),
    );
  });

  posixTest("links without rights")(
    "are one queue, too, when their paths lead to the same file by a link above",
    async () => {
      await mkdir(join(folder, "state"), { mode: 0o700 });
      await symlink(folder, `${folder}-link`);
      try {
        const other = join(`${folder}-link`, "state", "default.lock");
        const loadLocks = () => noLocks;
        const first = holding(createProcessLock({ file, loadLocks }));
        await first.held;
        const second = createProcessLock({ file: other, timeoutMs: 50, loadLocks });
        expect((await failureOf(second(async () => {}, { signal: never }))).code).toBe("lock_timeout");
        first.release();
        await first.done;
      } finally {
        await rm(`${folder}-link`);
      }
    },
  );

  test("who gives up leaves the queue, and the next one has its turn", async () => {
    const withLock = createProcessLock({ file });
    const first = holding(withLock);
    await first.held;
    const leave = new AbortController();
    const second = withLock(async () => "second", { signal: leave.signal });
    const third = withLock(async () => "third", { signal: never });
    leave.abort(new Error("gone"));
    expect((await failureOf(second)).message).toBe("gone");
    first.release();
    expect(await third).toBe("third");
    await first.done;
  });

  test("who waits too long is told what to look for", async () => {
    const first = holding(createProcessLock({ file }));
    await first.held;
    const second = createProcessLock({ file, timeoutMs: 30 });
    const failure = await failureOf(second(async () => "never", { signal: never }));
    expect(failure.code).toBe("lock_timeout");
    expect(failure.message).toBe("A run of this app has not been done with the session for 0.03 s.");
    expect(failure.hint).toMatch(/^End the one that hangs or is stopped, and try again\./);
    first.release();
    await first.done;
  });

  test("who waits behind many that get on waits for all of them, and for one that hangs no longer", async () => {
    const limited = createProcessLock({ file, timeoutMs: 400, loadLocks: () => noLocks });
    const takes = (ms: number) =>
      limited(() => new Promise((resolve) => setTimeout(() => resolve("done"), ms)), { signal: never });
    const all = Array.from({ length: 8 }, () => takes(150));
    expect(await Promise.all(all)).toEqual(all.map(() => "done"));
    const hanging = holding(limited);
    await hanging.held;
    const behind = [takes(0), takes(0)].map((waiting) => failureOf(waiting).then(({ code }) => code));
    expect(await Promise.all(behind)).toEqual(["lock_timeout", "lock_timeout"]);
    hanging.release();
    await hanging.done;
  });

  test("who waits behind ever more is told so in the end", async () => {
    const limited = createProcessLock({ file, timeoutMs: 40, loadLocks: () => noLocks });
    const busy = Array.from({ length: 40 }, () =>
      createProcessLock({ file, loadLocks: () => noLocks })(
        () => new Promise<void>((resolve) => setTimeout(resolve, 15)),
        { signal: new AbortController().signal },
      ),
    );
    const failure = await failureOf(limited(async () => {}, { signal: never }));
    expect(failure).toMatchObject({ code: "lock_timeout", message: expect.stringContaining("for 0.4 s") });
    expect(failure.hint).toContain("fewer of them at once");
    await Promise.all(busy);
  });

  test("a task that throws at once frees the lock", async () => {
    const withLock = createProcessLock({ file });
    const thrown = withLock(
      () => {
        throw new Error("at once");
      },
      { signal: never },
    );
    expect((await failureOf(thrown)).message).toBe("at once");
    expect(await withLock(async () => "free", { signal: never })).toBe("free");
  });
});

describe("the file", () => {
  test("is made at first use, not before, and stays", async () => {
    const withLock = createProcessLock({ file });
    expect(await readdir(folder)).toEqual([]);
    await withLock(async () => {}, { signal: never });
    expect((await stat(file)).isFile()).toBe(true);
  });

  posixTest("modes")("is for its owner alone, and so is its folder", async () => {
    const umask = process.umask(0);
    try {
      await createProcessLock({ file })(async () => {}, { signal: never });
    } finally {
      process.umask(umask);
    }
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, "state"))).mode & 0o777).toBe(0o700);
  });

  posixTest("modes")("that others may open is closed to them", async () => {
    await mkdir(join(folder, "state"), { mode: 0o700 });
    await writeFile(file, "");
    await chmod(file, 0o666);
    await createProcessLock({ file })(async () => {}, { signal: never });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  posixTest("links without rights")("is not followed when it is a link", async () => {
    await mkdir(join(folder, "state"), { mode: 0o700 });
    await symlink(join(folder, "elsewhere"), file);
    const failure = await failureOf(createProcessLock({ file })(async () => {}, { signal: never }));
    expect(failure.code).toBe("insecure_lock_file");
    expect(failure.message).toBe(`The lock file ${file} is a symbolic link.`);
    expect(await readdir(folder)).toEqual(["state"]);
  });

  posixTest("modes")("is refused when it is a folder, or its folder is open to others", async () => {
    await mkdir(file, { recursive: true, mode: 0o700 });
    await chmod(join(folder, "state"), 0o700);
    const withLock = createProcessLock({ file });
    expect((await failureOf(withLock(async () => {}, { signal: never }))).code).toBe("lock_unavailable");
    await chmod(join(folder, "state"), 0o777);
    expect((await failureOf(withLock(async () => {}, { signal: never }))).code).toBe("insecure_folder");
  });

  test.skipIf(process.getuid?.() !== 0)(
    lacking("owners", "is refused when it is another user's"),
    async () => {
      await mkdir(join(folder, "state"), { mode: 0o700 });
      await writeFile(file, "");
      await chown(file, 12_345, 12_345);
      const failure = await failureOf(createProcessLock({ file })(async () => {}, { signal: never }));
      expect(failure.code).toBe("insecure_lock_file");
    },
  );

  posixTest("way to delete an open file")("that somebody deletes is made again", async () => {
    const withLock = createProcessLock({ file });
    await withLock(async () => {}, { signal: never });
    await rm(join(folder, "state"), { recursive: true });
    expect(await withLock(async () => "again", { signal: never })).toBe("again");
  });
});

test("options that cannot be used are refused at once", () => {
  expect(() => createProcessLock({ file: "relative.lock" })).toThrow(
    new TypeError('file is "relative.lock". Write an absolute path.'),
  );
  for (const timeoutMs of [0, -1, Number.NaN, Infinity, 2 ** 31]) {
    expect(() => createProcessLock({ file, timeoutMs })).toThrow(TypeError);
  }
});

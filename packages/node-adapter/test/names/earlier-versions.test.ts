// What the first versions left under names that are others today: read, moved and locked, where they were here.
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createAutoStore } from "../../src/auto-store/store.js";
import { createEncryptedFileStore } from "../../src/encrypted-file/store.js";
import { createProcessLock } from "../../src/lock/across-processes.js";
import { createSessionLock } from "../../src/lock/session-lock.js";
import { earlierNames, isThereAsNamed } from "../../src/private-files/earlier-names.js";
import { createKeyringStore } from "../../src/keyring/store.js";
import { createFakeKeyring, stopAfter } from "../keyring/fake.js";
import { createFolder, withKey } from "../support/encrypted-file.js";
import { stateIn } from "../support/platform.js";

const { signal: never } = new AbortController();
const record = (generation: number, clientId = "app") =>
  JSON.stringify({ v: 1, generation, issuer: "https://id.example", clientId });
// Where the state is, is not the environment's to say on macOS.
describe.skipIf(process.platform === "darwin")("where an earlier version was", () => {
  let home: string;
  let env: ReturnType<typeof stateIn>;
  beforeEach(async () => {
    home = await createFolder();
    env = stateIn(home);
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  });
  afterEach(() => void vi.unstubAllEnvs());

  /** Its folder, with files in it. */
  async function was(appName: string, ...files: readonly string[]): Promise<string> {
    const folder = join(home, "loopkey", appName);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const file of files) await writeFile(join(folder, file), "", { mode: 0o600 });
    return folder;
  }

  test("ordinary names are as they were: nothing is looked for", () => {
    expect(earlierNames("loopkey", "work-2", { env })).toBeUndefined();
    for (const [appName, profile] of [
      ["Notes", "work"],
      ["notes", "Work"],
      ["com.example", "work"],
      ["notes", "a.b"],
    ] as const)
      expect(earlierNames(appName, profile, { env })).toMatchObject({ service: appName, account: profile });
  });

  test("a name that differs in case, which some systems would find, is somebody else's", async () => {
    const folder = await was("Notes", "work.lock");
    expect(isThereAsNamed(join(folder, "work.lock"))).toBe(true);
    expect(isThereAsNamed(join(folder, "WORK.lock"))).toBe(false);
    expect(isThereAsNamed(join(home, "loopkey", "NOTES", "work.lock"))).toBe(false);
  });

  describe("in the keyring", () => {
    /** As Windows does: case does not count, and a dot joins the names. */
    function windows(entries: Map<string, string>, before?: () => void) {
      const keyring = createFakeKeyring(before, { entries });
      const open = async () => {
        const opened = await keyring.backend();
        return {
          openEntry: (service: string, account: string) =>
            opened.openEntry("", `${account}.${service}`.toLowerCase()),
        };
      };
      return (service: string, account: string) =>
        createKeyringStore({ service, account, env, platform: "win32", backend: open });
    }

    test("its entry is used, moved by a save and deleted, with a stop after every step", async () => {
      await was("Example Notes", "default.lock");
      const names = ["/default.example notes", "/default.+example +notes"] as const;
      let steps = 0;
      for (let stopped = true; stopped; steps++) {
        const entries = new Map<string, string>([[names[0], record(1)]]);
        const stop = stopAfter(steps);
        stopped = false;
        const before = () => {
          try {
            stop();
          } catch (error) {
            stopped = true;
            throw error;
          }
        };
        // oxlint-disable-next-line no-await-in-loop
        await windows(entries, before)("Example Notes", "default")
          .save(record(2))
          .catch(() => {});
        const next = windows(entries)("Example Notes", "default");
        // oxlint-disable-next-line no-await-in-loop
        expect([record(1), record(2)], `after ${steps} steps`).toContain(await next.load());
        // oxlint-disable-next-line no-await-in-loop
        await next.save(record(3));
        expect([...entries], `after ${steps} steps`).toEqual([[names[1], record(3)]]);
      }
      expect(steps).toBeGreaterThan(3);
    });

    test("its entry is not looked for where it was not", async () => {
      const { backend, entries } = createFakeKeyring();
      const services = new Set<string>();
      const noting = async () => {
        const opened = await backend();
        return {
          openEntry: (service: string, account: string) => {
            services.add(service);
            return opened.openEntry(service, account);
          },
        };
      };
      const store = createKeyringStore({ service: "Example Notes", env, backend: noting });
      await store.load();
      await store.save(record(1));
      await store.clear();
      expect([...services]).toEqual(["+example +notes"]);
      expect(entries.size).toBe(0);
    });

    test("two that were one there are two, and neither takes the other's record", async () => {
      await was("b.c", "a.lock");
      await was("c", "a.b.lock");
      const entries = new Map([["/a.b.c", record(1, "second")]]);
      const open = windows(entries);
      await open("b.c", "a").save(record(1, "first"));
      expect(await open("c", "a.b").load()).toBe(record(1, "second"));
      await open("c", "a.b").save(record(2, "second"));
      expect(await open("b.c", "a").load()).toBe(record(1, "first"));
      expect(entries.size).toBe(2);
    });

    test("profiles that differ in case alone have a session each", async () => {
      const entries = new Map<string, string>();
      const open = windows(entries);
      for (const profile of ["work", "Work", "WORK"])
        // oxlint-disable-next-line no-await-in-loop
        await open("notes", profile).save(record(1, profile));
      for (const profile of ["work", "Work", "WORK"])
        // oxlint-disable-next-line no-await-in-loop
        expect(await open("notes", profile).load()).toBe(record(1, profile));
      // The one that is named like the entry of another is not that one's earlier name.
      await was("notes", "work.lock");
      await open("notes", "WORK").clear();
      expect(await open("notes", "WORK").load()).toBeNull();
      expect(await open("notes", "work").load()).toBe(record(1, "work"));
    });
  });

  describe("in the encrypted file", () => {
    const openStore = (appName: string, profile: string) =>
      createEncryptedFileStore({ appName, profile, env, secret: withKey });

    /** The file, as an earlier version wrote it: the format is the same. */
    async function wrote(appName: string, profile: string, text: string): Promise<string> {
      const folder = await was(appName);
      const file = join(folder, `session-${profile}.enc`);
      await createEncryptedFileStore({ file, secret: withKey }).save(text);
      return folder;
    }

    test("its file is used, moved by a save, and deleted", async () => {
      const folder = await wrote("Example Notes", "Work.1", record(1));
      expect(await openStore("Example Notes", "Work.1").load()).toBe(record(1));
      await openStore("Example Notes", "Work.1").save(record(2));
      expect(await readdir(folder)).toEqual([]);
      expect(await readdir(join(home, "loopkey", "+example +notes"))).toEqual(["session-+work%2E1.enc"]);
      expect(await openStore("Example Notes", "Work.1").load()).toBe(record(2));
    });

    test("a save through a kept place moves it as well", async () => {
      const folder = await wrote("Example Notes", "default", record(1));
      const place = await openStore("Example Notes", "default").prepare!(1_000);
      await place.save(record(2));
      expect(await readdir(folder)).toEqual([]);
      expect(await openStore("Example Notes", "default").load()).toBe(record(2));
    });

    test("both are there after a stop in between: the new one counts, and a clear deletes both", async () => {
      const folder = await wrote("Example Notes", "default", record(1));
      await createEncryptedFileStore({
        file: join(home, "loopkey", "+example +notes", "session-default.enc"),
        secret: withKey,
      }).save(record(2));
      expect(await openStore("Example Notes", "default").load()).toBe(record(2));
      await openStore("Example Notes", "default").clear();
      expect(await readdir(folder)).toEqual([]);
      expect(await openStore("Example Notes", "default").load()).toBeNull();
    });

    test("a file that does not open keeps a sign-in from replacing it, as ever", async () => {
      await wrote("Example Notes", "default", record(1));
      const secret = async () => ({ passphrase: "another one" });
      const store = createEncryptedFileStore({ appName: "Example Notes", env, secret });
      await expect(store.probe()).rejects.toMatchObject({ code: "wrong_key_or_damaged" });
    });

    test("the store that chooses finds it, and its note of the keyring", async () => {
      await wrote("Example Notes", "default", record(1));
      const auto = (profile: string) =>
        createAutoStore({
          appName: "Example Notes",
          profile,
          env,
          secret: withKey,
          keyring: createKeyringStore({
            service: "Example Notes",
            account: profile,
            env,
            backend: () => Promise.reject(new Error("no secret service provider")),
          }),
        });
      const store = auto("default");
      expect(await store.load()).toBe(record(1));
      expect(store.info.kind).toBe("encrypted-file");
      await was("Example Notes", "session-Work.in-keyring");
      await expect(auto("Work").load()).rejects.toMatchObject({ code: "no_provider" });
    });
  });

  describe("its lock", () => {
    test("is held as well, so that it and we exclude each other", async () => {
      const folder = await was("Example Notes", "default.lock");
      const { withLock } = createSessionLock("Example Notes", "default");
      const earlier = createProcessLock({ file: join(folder, "default.lock"), timeoutMs: 30 });
      const task = async () =>
        earlier(async () => "both", { signal: never }).catch(({ code }) => code as string);
      expect(await withLock(task, { signal: never })).toBe("lock_timeout");
      expect(await earlier(async () => "free", { signal: never })).toBe("free");
    });

    test("is not made where there was none", async () => {
      const { withLock, stamp } = createSessionLock("Example Notes", "Work");
      await withLock(async () => stamp.renew(), { signal: never });
      expect(await readdir(join(home, "loopkey"))).toEqual(["+example +notes"]);
      expect((await readdir(join(home, "loopkey", "+example +notes"))).toSorted()).toEqual([
        "+work.lock",
        "+work.stamp",
      ]);
    });
  });
});

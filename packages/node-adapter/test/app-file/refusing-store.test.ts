import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMemoryStore, type SessionStore } from "@loopkey/core";
import { storeContract } from "@loopkey/core/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { createRefusingStore } from "../../src/index.js";
import { stateIn } from "../support/platform.js";

async function createSetting(): Promise<{ store: SessionStore; inner: SessionStore; folder: string }> {
  const home = await mkdtemp(join(tmpdir(), "loopkey-app-file-"));
  onTestFinished(() => rm(home, { recursive: true }));
  const inner = createMemoryStore();
  const env = stateIn(home);
  const folder = join(home, "loopkey", "notes");
  await mkdir(folder, { recursive: true });
  return { store: createRefusingStore(inner, { appName: "notes", env }), inner, folder };
}

describe.skipIf(process.platform === "darwin")("beside a desktop app", () => {
  for (const promise of storeContract(async () => (await createSetting()).store))
    test(`without a file of its own: ${promise.name}`, () => promise.run());

  test("a file of the app's stops load, save and probe with its name, and is no obstacle to a sign-out", async () => {
    const { store, inner, folder } = await createSetting();
    await store.save("mine");
    const file = join(folder, "session-default.safe-storage");
    await writeFile(file, "");
    const refused = { code: "kept_by_app", message: expect.stringContaining(file), hint: expect.any(String) };
    await expect(store.load()).rejects.toMatchObject(refused);
    await expect(store.save("other")).rejects.toMatchObject(refused);
    await expect(store.probe()).rejects.toMatchObject(refused);
    expect(await inner.load()).toBe("mine");
    await store.clear();
    expect(await inner.load()).toBeNull();
    await rm(file);
    expect(await store.load()).toBeNull();
  });

  test("what is asked for quietly is asked for quietly behind it", async () => {
    const { inner } = await createSetting();
    const asked: unknown[] = [];
    const load: SessionStore["load"] = (options) => {
      asked.push(options);
      return inner.load(options);
    };
    const home = await mkdtemp(join(tmpdir(), "loopkey-app-file-"));
    onTestFinished(() => rm(home, { recursive: true }));
    const env = stateIn(home);
    await createRefusingStore({ ...inner, load }, { appName: "notes", env }).load({ quietly: true });
    expect(asked).toEqual([{ quietly: true }]);
  });

  test("the file of another profile is none of this one's", async () => {
    const { store, folder } = await createSetting();
    await writeFile(join(folder, "session-work.safe-storage"), "");
    expect(await store.load()).toBeNull();
  });
});

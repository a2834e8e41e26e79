import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createStore, STORE_KINDS } from "../../src/profiles/store.js";

async function createEnv(): Promise<Record<string, string>> {
  const home = await mkdtemp(join(tmpdir(), "loopkey-store-"));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  return { XDG_STATE_HOME: home, LOCALAPPDATA: home, LOOPKEY_PASSPHRASE: "some words" };
}

describe("the kinds of --store", () => {
  const lasting = STORE_KINDS.filter((kind) => kind !== "memory");

  it.each(lasting)("%s is what it says, and touches nothing at first", async (kind) => {
    const env = await createEnv();
    const { info } = createStore(kind, "default", env);
    expect(info).toEqual({ kind, persistent: true });
    expect(await readdir(env["XDG_STATE_HOME"]!)).toEqual([]);
  });

  it.skipIf(process.platform === "darwin")("a file has the name of its profile", async () => {
    const env = await createEnv();
    await createStore("encrypted-file", "work", env).save("record");
    expect(await createStore("encrypted-file", "work", env).load()).toBe("record");
    expect(await createStore("encrypted-file", "default", env).load()).toBeNull();
    expect(await readdir(join(env["XDG_STATE_HOME"]!, "loopkey", "loopkey"))).toEqual(["session-work.enc"]);
  });

  it.skipIf(process.platform === "darwin").each(lasting)(
    "%s does not look past a file that a desktop app of this name keeps",
    async (kind) => {
      const env = await createEnv();
      const folder = join(env["XDG_STATE_HOME"]!, "loopkey", "loopkey");
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, "session-work.safe-storage"), "");
      await expect(createStore(kind, "work", env).load()).rejects.toMatchObject({ code: "kept_by_app" });
    },
  );

  it("the passphrase is not left to the programs that are started", async () => {
    const env = await createEnv();
    createStore("auto", "default", env);
    expect(env).not.toHaveProperty("LOOPKEY_PASSPHRASE");
  });

  it("without a passphrase a file says what to set", async () => {
    const { LOOPKEY_PASSPHRASE: _, ...env } = await createEnv();
    await expect(createStore("encrypted-file", "default", env).probe()).rejects.toMatchObject({
      code: "no_secret",
      hint: expect.stringContaining("LOOPKEY_PASSPHRASE"),
    });
  });
});

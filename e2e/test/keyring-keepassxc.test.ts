// A real KeePassXC: it asks a person before it answers, and keeps what is deleted.
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import type { KeyringAnswer, KeyringOrder } from "../programs/keyring.js";
import { createWorld, loginArgs } from "./support/cli-world.js";
import { missingForKeePassXC, startKeePassXC } from "./support/keepassxc.js";
import { startProgram } from "./support/program.js";
import { missingForSecretService, startBus, type Bus } from "./support/secret-service.js";

const missing = missingForKeePassXC ?? missingForSecretService;
beforeEach((context) => context.skip(missing !== undefined, missing));

type Order = Omit<KeyringOrder, "service">;

/** The answer of a program that calls the store once, and must end by itself. */
async function call({ env }: Bus, order: Order): Promise<KeyringAnswer> {
  const program = startProgram("keyring", { order: { service: "loopkey-e2e", ...order }, env });
  const answer = await program.said<KeyringAnswer>("answer");
  expect((await program.ended).code).toBe(0);
  return answer;
}

describe("a look at what another process did", () => {
  const RECORD = "a record";

  /** It is over before anybody could have been asked, and nobody is. */
  async function asksNobody(bus: Bus, state: "locked" | "closed", code: string): Promise<void> {
    const keepassxc = await startKeePassXC(bus, state);
    const { error, ms } = await call(bus, { calls: ["look"] });
    expect(error?.code).toBe(code);
    expect(ms).toBeLessThan(10_000);
    expect(await keepassxc.isAsking()).toBe(false);
  }

  test("opens no dialog for a database that is locked, and reads one that is open", async () => {
    const bus = await startBus();
    const open = await startKeePassXC(bus, "unlocked");
    await call(bus, { calls: [{ save: RECORD }] });
    expect((await call(bus, { calls: ["look"] })).value).toBe(RECORD);
    expect((await call(bus, { account: "none", calls: ["look"] })).value).toBe(null);
    await open.quit();
    await asksNobody(bus, "locked", "locked");
  }, 60_000);

  test("opens none where no database is open either", async () => {
    await asksNobody(await startBus(), "closed", "no_collection");
  }, 30_000);
});

describe("a database that is locked", () => {
  test("asks in a dialog of KeePassXC, which is waited for with words that say so, and the command goes on", async () => {
    const bus = await startBus();
    const keepassxc = await startKeePassXC(bus, "locked");
    const { cli, server } = await createWorld("by-http", bus);
    const login = cli.start(loginArgs(server));
    await keepassxc.asked();
    await login.told(/Waiting for the keyring.* asks for its password/);
    // The person takes longer than D-Bus waits for an answer.
    await sleep(5_000);
    await keepassxc.unlock();
    expect(await login.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Signed in/) });
    expect(await cli.run(["status"])).toMatchObject({ code: 0, stderr: "" });
  }, 60_000);

  test("is waited for until the limit, then the hint looks for the dialog, and ends no program", async () => {
    const bus = await startBus();
    const keepassxc = await startKeePassXC(bus, "locked");
    const { error, ms } = await call(bus, { calls: ["load"], timeoutMs: 6_000 });
    await keepassxc.asked();
    expect(error).toMatchObject({ code: "not_responding", hint: expect.stringContaining("KeePassXC") });
    expect(error!.hint).not.toMatch(/kill/i);
    expect(ms).toBeGreaterThan(5_900);
  }, 30_000);

  test("that stays locked is none that nobody has signed in to: the person who closes the dialog is told so", async () => {
    const bus = await startBus();
    const first = await startKeePassXC(bus, "unlocked");
    const { cli, server } = await createWorld("by-http", bus);
    expect(await cli.run(loginArgs(server))).toMatchObject({ code: 0 });
    await first.quit();
    const second = await startKeePassXC(bus, "locked");
    const status = cli.start(["status"]);
    // It asks again: for the entry, and for the proof that it keeps any.
    const { code, stdout, stderr } = await second.dismissUntil(status.ended);
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/prompt was dismissed.*answer the prompt/s) as string,
    });
  }, 60_000);
});

test("a window without a database: a sign-in says what to open, before a browser opens", async () => {
  const bus = await startBus();
  const keepassxc = await startKeePassXC(bus, "closed");
  const { cli, server } = await createWorld("by-http", bus);
  const login = cli.start(loginArgs(server));
  const { code, stderr } = await keepassxc.dismissUntil(login.ended);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(/no default keyring.*open the database in KeePassXC/s) as string,
  });
  expect(stderr).not.toContain("/oauth/authorize");
}, 60_000);

describe("what is deleted goes to its recycle bin", () => {
  test("a sign-in leaves one proof there, a sign-out the record, and whoever asks while nobody is signed in nothing", async () => {
    const bus = await startBus();
    const keepassxc = await startKeePassXC(bus, "unlocked");
    const { cli, server } = await createWorld("by-http", bus);
    const found = async (): Promise<unknown> => {
      const entries = await keepassxc.entries(2);
      return entries.map(({ account, isInBin }) => [account.replace(/#.*/, "#"), isInBin]);
    };
    expect(await cli.run(loginArgs(server))).toMatchObject({ code: 0 });
    await cli.run(["status"]);
    expect(await found()).toEqual([
      ["default", false],
      ["default#", true],
    ]);
    await cli.run(["logout", "--no-browser"]);
    for (const command of ["status", "token", "whoami", "logout"]) {
      // oxlint-disable-next-line no-await-in-loop
      await cli.run([command]);
    }
    const inBin = await keepassxc.entries(2, ({ isInBin }) => isInBin);
    expect(inBin.map(({ account }) => account.replace(/#.*/, "#")).toSorted()).toEqual([
      "default",
      "default#",
    ]);
  }, 60_000);

  test("after a sign-out neither the refresh token nor an earlier one is in the file, its bin and history included", async () => {
    const bus = await startBus();
    const keepassxc = await startKeePassXC(bus, "unlocked");
    const { cli, server } = await createWorld("by-http", bus);
    await cli.run(loginArgs(server));
    // Each refresh writes a new one over the last.
    await cli.run(["token"]);
    await cli.run(["token"]);
    const values = async (): Promise<string> =>
      (await keepassxc.entries(2)).flatMap((entry) => entry.values).join("\n");
    expect(await values()).toContain("refreshToken");
    expect(await cli.run(["logout", "--no-browser"])).toMatchObject({ code: 0 });
    const after = await keepassxc.entries(2, ({ isInBin }) => isInBin);
    expect(after.map(({ isInBin }) => isInBin)).toEqual([true, true]);
    expect(after.flatMap((entry) => entry.values).join("\n")).not.toContain("refreshToken");
  }, 60_000);
});

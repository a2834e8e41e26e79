// The keyring store on a real Secret Service, with each way it fails, from programs of their own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { storeContract } from "@loopkey/core/testing";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { KeyringAnswer, KeyringOrder } from "../programs/keyring.js";
import type { Outcome, Step } from "../programs/two-clients.js";
import { startProgram, type Program } from "./support/program.js";
import { missingForSecretService, startBus, type Bus } from "./support/secret-service.js";
import { watchBus } from "./support/watched-bus.js";

const SERVICE = "loopkey-e2e";
const RECORD = JSON.stringify({ v: 1, refreshToken: "refresh-token-of-the-test" });

beforeEach((context) => context.skip(missingForSecretService !== undefined, missingForSecretService));

type Order = Omit<KeyringOrder, "service">;

function start(env: NodeJS.ProcessEnv, order: Order): Program {
  return startProgram("keyring", { order: { service: SERVICE, ...order }, env });
}

/** The answers of a program that must end by itself. */
async function call(env: NodeJS.ProcessEnv, order: Order): Promise<KeyringAnswer[]> {
  const program = start(env, order);
  const answers: KeyringAnswer[] = [];
  for (const _ of order.calls) answers.push(await program.said<KeyringAnswer>("answer"));
  const { code, stderr } = await program.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return answers;
}

const outcomes = (answers: readonly KeyringAnswer[]) =>
  answers.map(({ call, value, error }) => [call, error ? error.code : (value ?? "done")]);

async function items(bus: Bus): Promise<number> {
  const found = await bus.ask("secret-tool", "search", "--all", "service", SERVICE);
  return found.split("\n").filter((line) => line.startsWith("attribute.username")).length;
}

/** Far below the minute for which a keyring is waited for, and met by a busy machine. */
const AT_ONCE_MS = 10_000;

const EACH_CALL = ["load", { save: RECORD }, "clear", "probe"] as const;
const each = (code: string) => [
  ["load", code],
  ["save", code],
  ["clear", code],
  ["probe", code],
];

describe("on a real Secret Service", () => {
  test.each([
    ["whatever its size", {}],
    ["2,560 bytes of it", { entryLimitBytes: 2_560 }],
  ])("it keeps the promises of a store, an entry taking %s", async (_name, options) => {
    const bus = await startBus();
    await bus.startKeyring("unlocked");
    const program = start(bus.env, { calls: "contract", ...options });
    const promises = storeContract(() => Promise.reject(new Error("only counted")));
    const answers: KeyringAnswer[] = [];
    for (const _ of promises) answers.push(await program.said<KeyringAnswer>("answer"));
    expect(answers.filter(({ error }) => error)).toEqual([]);
    expect((await program.ended).code).toBe(0);
  });

  test("a record is exactly one item, which other tools see, and gone after clear", async () => {
    const bus = await startBus();
    await bus.startKeyring("unlocked");
    const lookup = () => bus.ask("secret-tool", "lookup", "service", SERVICE, "username", "work");
    await call(bus.env, { account: "work", calls: [{ save: "before" }, { save: RECORD }, "probe"] });
    expect(await lookup()).toBe(RECORD);
    expect(await items(bus)).toBe(1);
    await call(bus.env, { account: "work", calls: ["clear"] });
    expect(await lookup()).toBe("");
    expect(await items(bus)).toBe(0);
  });

  test("a record outlives the process and the keyring's own, and profiles do not mix", async () => {
    const bus = await startBus();
    const keyring = await bus.startKeyring("unlocked");
    await call(bus.env, { account: "work", calls: [{ save: RECORD }] });
    await keyring.end("SIGTERM");
    await bus.startKeyring("unlocked");
    expect(outcomes(await call(bus.env, { account: "work", calls: ["load"] }))).toEqual([["load", RECORD]]);
    const [other] = await call(bus.env, { account: "home", calls: ["load"] });
    expect(other!.value).toBe(null);
    expect(await items(bus)).toBe(1);
  });

  test("several processes probe at once without meeting", async () => {
    const bus = await startBus();
    await bus.startKeyring("unlocked");
    const probes = Array.from({ length: 4 }, () => call(bus.env, { calls: ["probe", "probe", "probe"] }));
    const answers = (await Promise.all(probes)).flat();
    expect(answers.filter(({ error }) => error)).toEqual([]);
    expect(await items(bus)).toBe(0);
  });
});

describe("every call says, and the process ends by itself,", () => {
  test.each([
    ["no address", { DBUS_SESSION_BUS_ADDRESS: "" }],
    ["nobody at the address", { DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent/bus" }],
    ["an address that is none", { DBUS_SESSION_BUS_ADDRESS: "rubbish" }],
  ])("no_dbus: %s", async (_name, env) => {
    const answers = await call({ XDG_RUNTIME_DIR: "/nonexistent", ...env }, { calls: EACH_CALL });
    expect(outcomes(answers)).toEqual(each("no_dbus"));
    expect(answers[0]!.error!.hint).toContain("dbus-run-session");
    expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(AT_ONCE_MS);
  });

  test("no_provider: a session without a keyring", async () => {
    const bus = await startBus();
    const answers = await call(bus.env, { calls: EACH_CALL });
    expect(outcomes(answers)).toEqual(each("no_provider"));
    expect(answers[0]!.error!.hint).toContain("sudo apt-get install gnome-keyring");
  });

  test("no_collection: a keyring without a default one, where the library says that there is no entry", async () => {
    const bus = await startBus();
    await bus.startKeyring("without a keyring");
    expect(outcomes(await call(bus.env, { calls: EACH_CALL }))).toEqual(each("no_collection"));
  });

  test("dismissed: it is locked, and nothing can show the prompt, whether there is a record or not", async () => {
    const bus = await startBus();
    const keyring = await bus.startKeyring("unlocked");
    await call(bus.env, { calls: [{ save: RECORD }] });
    await keyring.end("SIGTERM");
    await bus.startKeyring("locked");
    const answers = await call(bus.env, { calls: EACH_CALL });
    expect(outcomes(answers)).toEqual(each("dismissed"));
    expect(answers[0]!.error!.cause).toContain("unlock prompt was dismissed");
    expect(outcomes(await call(bus.env, { account: "none", calls: EACH_CALL }))).toEqual(each("dismissed"));
  });

  test("not_responding: the keyring is frozen for longer than the limit, and served again when it goes on", async () => {
    const bus = await startBus();
    const keyring = await bus.startKeyring("unlocked");
    const order: Order = { calls: [{ save: RECORD }, "load", "load"], stepwise: true, timeoutMs: 5_000 };
    const program = start(bus.env, order);
    program.tell("save");
    await program.said("answer");
    keyring.signal("SIGSTOP");
    program.tell("load");
    const frozen = await program.said<KeyringAnswer>("answer");
    expect(frozen.error?.code).toBe("not_responding");
    expect(frozen.error?.hint).not.toContain("kill");
    expect(frozen.ms).toBeGreaterThan(4_900);
    keyring.signal("SIGCONT");
    program.tell("load");
    expect((await program.said<KeyringAnswer>("answer")).value).toBe(RECORD);
    expect((await program.ended).code).toBe(0);
  });

  test("a keyring that answers later than D-Bus waits, as one does that asks a person first, is waited for", async () => {
    const bus = await startBus();
    const keyring = await bus.startKeyring("unlocked");
    const program = start(bus.env, { calls: [{ save: RECORD }, "load", "probe"], stepwise: true });
    program.tell("save");
    await program.said("answer");
    for (const call of ["load", "probe"]) {
      keyring.signal("SIGSTOP");
      program.tell(call);
      // The person takes their time: D-Bus gives up after two seconds.
      // oxlint-disable-next-line no-await-in-loop
      await sleep(3_000);
      keyring.signal("SIGCONT");
      // oxlint-disable-next-line no-await-in-loop
      expect((await program.said<KeyringAnswer>("answer")).error).toBeUndefined();
    }
    expect((await program.ended).code).toBe(0);
    expect(await items(bus)).toBe(1);
  });

  test.skipIf(process.getuid?.() !== 0)(
    "bus_refused: the session is another account's (needs root)",
    async () => {
      const folder = await mkdtemp(join(tmpdir(), "loopkey-other-bus-"));
      onTestFinished(() => rm(folder, { recursive: true, force: true }));
      // nobody: a bus wants an account that has an entry.
      const other = 65_534;
      await chown(folder, other, other);
      const asOther = [
        "--reuid",
        `${other}`,
        "--regid",
        `${other}`,
        "--clear-groups",
        "dbus-daemon",
        "--session",
      ];
      const address = `unix:path=${join(folder, "bus")}`;
      const daemon = spawn("setpriv", [...asOther, "--nofork", "--print-address=1", `--address=${address}`], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      onTestFinished(() => void daemon.kill());
      const [ready] = (await Promise.race([once(daemon.stdout, "data"), once(daemon, "exit")])) as [unknown];
      expect(String(ready)).toContain(address);
      const answers = await call({ DBUS_SESSION_BUS_ADDRESS: address }, { calls: EACH_CALL });
      expect(outcomes(answers)).toEqual(each("bus_refused"));
      expect(answers[0]!.error!.hint).toContain("without sudo or su");
      expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(AT_ONCE_MS);
    },
  );

  test("no_provider: the keyring was killed, and the next one is found by the same store", async () => {
    const bus = await startBus();
    const keyring = await bus.startKeyring("unlocked");
    const program = start(bus.env, { calls: [{ save: RECORD }, "load", "load"], stepwise: true });
    program.tell("save");
    await program.said("answer");
    await keyring.end("SIGKILL");
    program.tell("load");
    expect((await program.said<KeyringAnswer>("answer")).error?.code).toBe("no_provider");
    await bus.startKeyring("unlocked");
    program.tell("load");
    expect((await program.said<KeyringAnswer>("answer")).value).toBe(RECORD);
    expect((await program.ended).code).toBe(0);
  });

  test("no_dbus: the whole session ended", async () => {
    const bus = await startBus();
    await bus.startKeyring("unlocked");
    const program = start(bus.env, { calls: [{ save: RECORD }, "load"], stepwise: true });
    program.tell("save");
    await program.said("answer");
    await bus.end();
    program.tell("load");
    expect((await program.said<KeyringAnswer>("answer")).error?.code).toBe("no_dbus");
    expect((await program.ended).code).toBe(0);
  });
});

describe.skipIf(process.platform === "win32")("an app that stood still for longer than its limit", () => {
  test.each(["load", { save: RECORD }, "look"] as const)(
    "(SIGSTOP) has the keyring's answer that came meanwhile: %j",
    async (made) => {
      const bus = await startBus();
      const keyring = await bus.startKeyring("unlocked");
      const order: Order = { calls: [{ save: RECORD }, made], stepwise: true, timeoutMs: 1_500 };
      const program = start(bus.env, order);
      program.tell("save");
      await program.said("answer");
      const watched = await watchBus(bus);
      const asked = await watched.calls("SearchItems");
      keyring.signal("SIGSTOP");
      program.tell("next");
      // It has been asked, and cannot answer before the app stands still.
      // oxlint-disable-next-line no-await-in-loop
      while ((await watched.calls("SearchItems")) + (await watched.calls("ReadAlias")) === asked);
      program.kill("SIGSTOP");
      keyring.signal("SIGCONT");
      await sleep(3_500);
      program.kill("SIGCONT");
      const { error } = await program.said<KeyringAnswer>("answer");
      expect(error).toBeUndefined();
      expect((await program.ended).code).toBe(0);
    },
  );
});

describe("a look at what another process did", () => {
  async function watchedProgram(calls: Order["calls"], prompter: "none" | "unanswered" = "none") {
    const bus = await startBus({ prompter });
    const keyring = await bus.startKeyring("unlocked");
    await call(bus.env, { calls: [{ save: RECORD }] });
    const watched = await watchBus(bus);
    const program = start(bus.env, { calls, stepwise: true, timeoutMs: 5_000 });
    const step = async (): Promise<KeyringAnswer> => {
      program.tell("next");
      return program.said<KeyringAnswer>("answer");
    };
    return { bus, keyring, watched, program, step };
  }

  test("at a keyring that was locked meanwhile says so at once, and shows no prompt, however often it is made", async () => {
    const { bus, watched, program, step } = await watchedProgram(
      ["look", "look", "look", "load"],
      "unanswered",
    );
    expect((await step()).value).toBe(RECORD);
    await bus.lockKeyring();
    for (let n = 0; n < 2; n++) {
      // oxlint-disable-next-line no-await-in-loop
      const { error, ms } = await step();
      expect(error?.code).toBe("locked");
      expect(ms).toBeLessThan(4_500);
    }
    expect(await watched.calls("Prompt")).toBe(0);
    // What is read on purpose does ask: the prompts are counted.
    expect((await step()).error?.code).toBe("timed_out");
    expect(await watched.calls("Prompt")).toBeGreaterThan(0);
    program.kill("SIGKILL");
  });

  test("at a locked keyring without an entry of ours does not take it for empty", async () => {
    const { bus, watched, program } = await watchedProgram([]);
    await bus.lockKeyring();
    const looks = await call(bus.env, { account: "none", calls: ["look"] });
    expect(outcomes(looks)).toEqual([["look", "locked"]]);
    expect(await watched.calls("Prompt")).toBe(0);
    expect((await program.ended).code).toBe(0);
  });

  test("at one that is open reads what is there and what is not, and writes nothing", async () => {
    const { bus, watched, program } = await watchedProgram([]);
    expect(outcomes(await call(bus.env, { calls: ["look"] }))).toEqual([["look", RECORD]]);
    expect((await call(bus.env, { account: "none", calls: ["look"] }))[0]!.value).toBe(null);
    expect(await watched.calls("CreateItem")).toBe(0);
    expect(await watched.calls("Prompt")).toBe(0);
    expect((await program.ended).code).toBe(0);
  });

  test("finds it again once it was unlocked", async () => {
    const { bus, keyring, step, program } = await watchedProgram(["look", "look", "look"]);
    await step();
    await bus.lockKeyring();
    expect((await step()).error?.code).toBe("locked");
    await keyring.end("SIGTERM");
    await bus.startKeyring("unlocked");
    expect((await step()).value).toBe(RECORD);
    expect((await program.ended).code).toBe(0);
  });

  test.each([
    ["a session without a keyring, and starts none", "no_provider"],
    ["a keyring without a default one", "no_collection"],
  ])("at %s: %s", async (_name, code) => {
    const bus = await startBus();
    if (code === "no_collection") await bus.startKeyring("without a keyring");
    expect(outcomes(await call(bus.env, { calls: ["look"] }))).toEqual([["look", code]]);
  });

  test("at a keyring that is frozen is over after two seconds", async () => {
    const { keyring, step, program } = await watchedProgram(["look", "look"]);
    await step();
    keyring.signal("SIGSTOP");
    const { error, ms } = await step();
    expect(error?.code).toBe("not_responding");
    expect(ms).toBeLessThan(4_900);
    keyring.signal("SIGCONT");
    expect((await program.ended).code).toBe(0);
  });

  test.each([
    ["no address", { DBUS_SESSION_BUS_ADDRESS: "" }],
    ["nobody at the address", { DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent/bus" }],
  ])("without a session says no_dbus: %s", async (_name, env) => {
    const looks = await call({ XDG_RUNTIME_DIR: "/nonexistent", ...env }, { calls: ["look"] });
    expect(outcomes(looks)).toEqual([["look", "no_dbus"]]);
  });
});

describe("an app whose keyring was locked after another process changed the session", () => {
  const LOCKED = { code: "store_unavailable", status: "idle" };

  async function twoClients() {
    const bus = await startBus({ prompter: "unanswered" });
    const keyring = await bus.startKeyring("unlocked");
    const program = startProgram("two-clients", { order: {}, env: bus.env });
    await program.said("ready");
    const step = async (told: Step): Promise<Outcome> => {
      program.tell(told);
      const { code, status } = await program.said<Outcome>("outcome");
      return { code, status };
    };
    return { bus, keyring, step, watched: await watchBus(bus) };
  }

  test("signed in, it goes on, and nobody is prompted", async () => {
    const { bus, keyring, step, watched } = await twoClients();
    await step("elsewhere signIn");
    expect((await step("here getAccessToken")).code).toBe("done");
    await step("elsewhere signOut");
    await bus.lockKeyring();
    for (const told of ["here getAccessToken", "here wake", "here getAccessToken"] as const)
      // oxlint-disable-next-line no-await-in-loop
      expect((await step(told)).code).toBe("done");
    expect(await watched.calls("Prompt")).toBe(0);
    await keyring.end("SIGTERM");
    await bus.startKeyring("unlocked");
  });

  test("signed out, it asks before every request, prompts nobody, and finds the session once the keyring is open", async () => {
    const { bus, keyring, step, watched } = await twoClients();
    expect((await step("here getAccessToken")).code).toBe("sign_in_required");
    await step("elsewhere signIn");
    await bus.lockKeyring();
    for (const told of ["here getAccessToken", "here getAccessToken", "here wake"] as const)
      // oxlint-disable-next-line no-await-in-loop
      await step(told);
    expect(await step("here getAccessToken")).toEqual(LOCKED);
    expect(await watched.calls("Prompt")).toBe(0);
    await keyring.end("SIGTERM");
    await bus.startKeyring("unlocked");
    expect(await step("here getAccessToken")).toEqual({ code: "done", status: "authenticated" });
  });

  test("and one that never signed in reads the keyring once, however often it asks", async () => {
    const { step, watched } = await twoClients();
    const before = await watched.calls("SearchItems");
    for (let n = 0; n < 5; n++)
      // oxlint-disable-next-line no-await-in-loop
      expect((await step("here getAccessToken")).code).toBe("sign_in_required");
    expect(await watched.calls("SearchItems")).toBe(before);
    expect(await watched.calls("CreateItem")).toBe(0);
  });
});

describe("a prompt that nobody answers", () => {
  async function startLocked(): Promise<Bus> {
    const bus = await startBus({ prompter: "unanswered" });
    const keyring = await bus.startKeyring("unlocked");
    await call(bus.env, { calls: [{ save: RECORD }] });
    await keyring.end("SIGTERM");
    await bus.startKeyring("locked");
    return bus;
  }

  test("ends every call within its limit, those behind it too", async () => {
    const bus = await startLocked();
    const program = start(bus.env, { calls: EACH_CALL, timeoutMs: 1_500, allAtOnce: true });
    const answers: KeyringAnswer[] = [];
    for (const _ of EACH_CALL) answers.push(await program.said<KeyringAnswer>("answer"));
    expect(outcomes(answers)).toEqual(each("timed_out"));
    // One after the other it would be six seconds.
    for (const { ms } of answers) expect(ms).toBeLessThan(4_500);
    expect(answers[0]!.error!.hint).toContain("prompt");
  });

  // Not a wish: Node waits for the thread that the native call holds. Should this fail, the limits in the docstring of
  // createKeyringStore are gone, and it can say so.
  test("keeps the process from ending until the prompt is gone", async () => {
    const bus = await startLocked();
    const program = start(bus.env, { calls: ["load"], timeoutMs: 300 });
    expect((await program.said<KeyringAnswer>("answer")).error?.code).toBe("timed_out");
    await program.said("done");
    const still = new Promise<string>((resolve) => setTimeout(() => resolve("still running"), 1_000));
    expect(await Promise.race([program.ended, still])).toBe("still running");
    await bus.closePrompt();
    expect((await program.ended).code).toBe(0);
  });

  // Not a wish either: the library goes on to wait for the answer of a keyring that is gone.
  test("is never answered when its keyring is killed: the calls of this process time out, those of others do not", async () => {
    const bus = await startBus({ prompter: "unanswered" });
    const keyring = await bus.startKeyring("unlocked");
    await call(bus.env, { calls: [{ save: RECORD }] });
    await keyring.end("SIGTERM");
    const locked = await bus.startKeyring("locked");
    const program = start(bus.env, { calls: ["load", "load"], timeoutMs: 1_000, stepwise: true });
    program.tell("load");
    await bus.prompted();
    await locked.end("SIGKILL");
    expect((await program.said<KeyringAnswer>("answer")).error?.code).toBe("timed_out");
    await bus.startKeyring("unlocked");
    program.tell("load");
    expect((await program.said<KeyringAnswer>("answer")).error?.code).toBe("timed_out");
    expect(outcomes(await call(bus.env, { calls: ["load"] }))).toEqual([["load", RECORD]]);
    program.kill("SIGTERM");
    expect((await program.ended).signal).toBe("SIGTERM");
  });

  test("does not keep a signal from ending the process", async () => {
    const bus = await startLocked();
    const program = start(bus.env, { calls: ["load"], timeoutMs: 300 });
    await program.said("done");
    program.kill("SIGTERM");
    expect((await program.ended).signal).toBe("SIGTERM");
  });
});

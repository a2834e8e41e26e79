// Records over several entries of a real Secret Service, as on Windows: killed in the middle of saves, damaged, cleared.
import { beforeEach, expect, test } from "vitest";
import type { KeyringAnswer, KeyringCall, KeyringOrder } from "../programs/keyring.js";
import { recordOf } from "../programs/keyring-records.js";
import { startProgram, type Program } from "./support/program.js";
import { missingForSecretService, startBus, type Bus } from "./support/secret-service.js";

const SERVICE = "loopkey-e2e";
const ROUNDS = 30;

beforeEach((context) => context.skip(missingForSecretService !== undefined, missingForSecretService));

function start(bus: Bus, order: Pick<KeyringOrder, "calls" | "first">): Program {
  return startProgram("keyring", {
    order: { service: SERVICE, entryLimitBytes: 2_560, ...order },
    env: bus.env,
  });
}

/** The last answer of a program that must end by itself. */
async function call(bus: Bus, ...calls: readonly KeyringCall[]): Promise<KeyringAnswer> {
  const program = start(bus, { calls });
  let answer: KeyringAnswer | undefined;
  for (const _ of calls) answer = await program.said<KeyringAnswer>("answer");
  expect(await program.ended).toMatchObject({ code: 0, stderr: "" });
  return answer!;
}

async function accounts(bus: Bus): Promise<string[]> {
  const found = await bus.ask("secret-tool", "search", "--all", "service", SERVICE);
  const names = [...found.matchAll(/^attribute\.username = (.*)$/gm)].map(([, name]) => name!);
  // Nothing found is nothing said: anything else is a tool that failed.
  if (names.length === 0 && found.trim() !== "") throw new Error(`secret-tool: ${found}`);
  return names.toSorted();
}

interface Save {
  readonly number: number;
  readonly saved: boolean;
}

/** What it has said last before it was killed. */
async function lastSave(program: Program, first: Save): Promise<Save> {
  for (let last = first; ;) {
    const save = await program.said<Save>("save").catch(() => undefined);
    if (save === undefined) return last;
    last = save;
  }
}

test("a process killed in the middle of saves leaves the old record or the new one, whole", async () => {
  const bus = await startBus();
  await bus.startKeyring("unlocked");
  await call(bus, { save: recordOf(0) });
  let [kept, killedWithin] = [0, 0];
  for (let round = 0, next = 1; round < ROUNDS; round++) {
    const program = start(bus, { calls: "for ever", first: next });
    const first = await program.said<Save>("save");
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 150));
    program.kill("SIGKILL");
    const { number, saved } = await lastSave(program, first);
    if (!saved) killedWithin++;
    const possible = saved ? [number] : [number === next ? kept : number - 1, number];

    const { value, error } = await call(bus, "load");
    expect(error).toBe(undefined);
    const found = possible.find((candidate) => recordOf(candidate) === value);
    expect(found, `round ${round}: ${possible.join(" or ")}, not ${value?.slice(0, 20)}`).not.toBe(undefined);
    kept = found!;
    next = number + 1;
  }
  expect(killedWithin).toBeGreaterThan(ROUNDS / 2);

  await call(bus, { save: recordOf(1) });
  expect(await accounts(bus)).toEqual(["default"]);
});

test("each part is an entry, and none is left after clear", async () => {
  const bus = await startBus();
  await bus.startKeyring("unlocked");
  const saved = await call(bus, { save: "x".repeat(65_536) }, { save: "y".repeat(3_000) });
  expect(saved.error).toBe(undefined);
  expect(await accounts(bus)).toEqual(["default", "default#b.0", "default#b.1", "default#b.2"]);
  await call(bus, "clear");
  expect(await accounts(bus)).toEqual([]);
});

test("a record that lacks a part is damaged, set aside, and makes room for the next", async () => {
  const bus = await startBus();
  await bus.startKeyring("unlocked");
  await call(bus, { save: "x".repeat(3_000) });
  await bus.ask("secret-tool", "clear", "service", SERVICE, "username", "default#a.1");
  expect((await call(bus, "load")).error?.code).toBe("damaged");
  expect((await call(bus, "quarantine")).value).toBe(`keyring entry ${SERVICE}/default#quarantine`);
  expect((await call(bus, "load")).value).toBe(null);
  expect((await call(bus, { save: "y".repeat(3_000) }, "load")).value).toBe("y".repeat(3_000));
});

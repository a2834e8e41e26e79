// An entry that an earlier version named otherwise, in a real Secret Service: moved by a save that is killed at every step.
import { mkdir, writeFile } from "node:fs/promises";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import type { KeyringAnswer, KeyringCall, KeyringOrder } from "../programs/keyring.js";
import { startProgram } from "./support/program.js";
import { missingForSecretService, startBus, type Bus } from "./support/secret-service.js";

const SERVICE = "Example Notes";
const ACCOUNT = "Work.1";
const NOW = "+example +notes";
const record = (generation: number) =>
  JSON.stringify({ v: 1, generation, issuer: "https://id.example", clientId: "app" });

beforeEach((context) => context.skip(missingForSecretService !== undefined, missingForSecretService));

async function accounts(bus: Bus, service: string): Promise<string[]> {
  const found = await bus.ask("secret-tool", "search", "--all", "service", service);
  return [...found.matchAll(/^attribute\.username = (.*)$/gm)].map(([, name]) => name!).toSorted();
}

test.each<["save" | "load under the lock", KeyringCall]>([
  ["save", { save: record(2) }],
  ["load under the lock", "move"],
])(
  "killed at every step of a move by a %s, it leaves a record, and the next save that alone",
  async (_, mover) => {
    const bus = await startBus();
    await bus.startKeyring("unlocked");
    const home = mkdtempSync(join(tmpdir(), "loopkey-earlier-"));
    onTestFinished(() => rmSync(home, { recursive: true }));
    const folder = join(home, "loopkey", SERVICE);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // That it was here shows in its lock.
    await writeFile(join(folder, `${ACCOUNT}.lock`), "");

    const run = (order: Omit<KeyringOrder, "service" | "account">) =>
      startProgram("keyring", {
        order: { service: SERVICE, account: ACCOUNT, ...order },
        env: { ...bus.env, XDG_STATE_HOME: home },
      });
    async function call(order: Pick<KeyringOrder, "calls">): Promise<string | null | undefined> {
      const program = run(order);
      const { value, error } = await program.said<KeyringAnswer>("answer");
      expect(error).toBe(undefined);
      expect(await program.ended).toMatchObject({ code: 0 });
      return value;
    }

    const found = new Set<string | null | undefined>();
    let steps = 0;
    // Before it is deleted it is written over eleven times, each alike.
    for (let killed = true; killed; steps += steps < 8 ? 1 : 3) {
      const plant = { service: SERVICE, account: ACCOUNT, text: record(1) };
      await run({ plant, calls: [] }).ended;
      const { signal } = await run({ calls: ["load", mover], diesAfter: steps }).ended;
      killed = signal === "SIGKILL";
      const value = await call({ calls: ["load"] });
      expect([record(1), record(2)], `after ${steps} steps`).toContain(value);
      found.add(value);
      // A load under the lock has nothing left to do after it.
      if (!killed && mover === "move") expect(await accounts(bus, SERVICE)).toEqual([]);
      await call({ calls: [{ save: record(3) }] });
      expect(await accounts(bus, SERVICE), `after ${steps} steps`).toEqual([]);
      expect(await accounts(bus, NOW), `after ${steps} steps`).toEqual(["+work%2E1"]);
      await call({ calls: ["clear"] });
      expect(await accounts(bus, NOW)).toEqual([]);
    }
    expect(found.size).toBe(mover === "move" ? 1 : 2);
    expect(steps).toBeGreaterThan(4);
  },
  120_000,
);

// What the kit finds in an app, and what it says of a test that sees too little.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AuthClient, AuthState } from "../../src/index.js";
import { coverModel, type CoverOptions, type ModelDriver } from "../../src/testing/index.js";
import { SMALL_APP_FAULTS, smallApp } from "../support/small-app.js";

const patienceMs = 0;
const seed = 7;

it(
  "an app that shows what is so passes, and every public state and transition was reached",
  { timeout: 240_000 },
  async () => {
    const report = await coverModel({ driver: smallApp(), patienceMs, seed });
    expect(report.why).toEqual([]);
    expect(report.failures).toEqual([]);
    expect(report.verdict).toBe("passed");
    expect(report.coverage.states).toEqual({ reached: 16, of: 16, missed: [] });
  },
);

describe("a fault in the app is found:", () => {
  it.each(Object.entries(SMALL_APP_FAULTS))("%s", { timeout: 240_000 }, async (_, fault) => {
    const report = await coverModel({ driver: smallApp(fault), patienceMs, seed });
    expect(report.verdict).toBe("failed");
    const again = await coverModel({ driver: smallApp(fault), patienceMs, replay: report.failures[0]!.path });
    expect(again.failures[0]?.problem).toBe(report.failures[0]!.problem);
    const mended = await coverModel({ driver: smallApp(), patienceMs, replay: report.failures[0]!.path });
    expect(mended.failures).toEqual([]);
  });
});

describe("a test that shows nothing is insufficient:", () => {
  const plain = (more: Partial<ModelDriver>): ModelDriver => ({ ...smallApp(), ...more });

  it("a driver that sees nothing", { timeout: 240_000 }, async () => {
    const report = await coverModel({ driver: plain({ see: () => ({ status: [] }) }), patienceMs, seed });
    expect(report.verdict).toBe("insufficient");
    expect(report.failures).toEqual([]);
    expect(report.lies.unnoticed).toEqual(
      expect.arrayContaining(["restoring is shown as idle", "idle is shown as awaiting-callback.preparing"]),
    );
  });

  it.each([
    ["as it is", (state: AuthState) => state],
    ["copied", (state: AuthState) => ({ ...state })],
  ])("a driver that asks the client in place of the screen: %s", { timeout: 240_000 }, async (_, copy) => {
    let client: AuthClient | undefined;
    const app = smallApp();
    const report = await coverModel({
      driver: {
        ...app,
        create: (setting) => ((client = setting.client), app.create(setting)),
        see: () => copy(client!.getState()) as never,
      },
      commands: ["signIn", "cancel", "signOut"],
      patienceMs,
      seed,
    });
    expect(report.verdict).toBe("insufficient");
    expect(report.why).toContain("see() repeats what the client says: it must read what the app shows");
  });
});

it("a walk that fails is shrunk where fast-check is given", { timeout: 240_000 }, async () => {
  // Wrong only the second time that somebody cancels: no shortest path gets there.
  let times = 0;
  const app = smallApp({
    screen: (screen, state) => {
      if (state.status === "restoring") times = 0;
      if (!("reason" in state) || state.reason?.code !== "cancelled") return screen;
      return ++times > 1 ? { ...screen, buttons: [] } : screen;
    },
  });
  const report = await coverModel({
    driver: app,
    commands: ["signIn", "cancel", "signOut"],
    patienceMs,
    seed,
    fastCheck: fc,
    walks: { count: 200, length: 20 },
  });
  expect(report.verdict).toBe("failed");
  const { path, problem } = report.failures[0]!;
  expect(problem).toBe("signIn is not to be had");
  expect(path).toMatch(/^[^>]*stored > signIn > cancel > signIn > cancel$/);
});

describe("an app that signs in in its own way is driven through what that brings:", () => {
  const asksAgain = smallApp({
    press(command, client) {
      if (command !== "signIn") return false;
      client.signIn({ maxAge: 0 }).catch(() => {});
      return true;
    },
  });

  it.each<[string, Pick<CoverOptions, "config" | "signIn">, ModelDriver, readonly string[]]>([
    [
      "pushed requests",
      { config: { par: "always" } },
      smallApp(),
      ["the server takes no pushed request", "the code runs out"],
    ],
    ["tokens bound to a key", { config: { dpop: true } }, smallApp(), ["the server gives a new token"]],
    [
      "a step-up, by somebody else too",
      { signIn: { maxAge: 0 } },
      asksAgain,
      ["the code is somebody else's", "somebody else enters the code"],
    ],
  ])("%s", { timeout: 240_000 }, async (_, options, app, events) => {
    const happened = new Set<string>();
    const driver: ModelDriver = {
      ...app,
      world: (event, happen) => {
        happened.add(event);
        return happen();
      },
    };
    const report = await coverModel({ driver, patienceMs, seed, walks: { count: 5 }, ...options });
    expect(report.failures).toEqual([]);
    expect(report.why).toEqual([]);
    expect(report.verdict).toBe("passed");
    expect([...happened]).toEqual(expect.arrayContaining([...events]));
  });
});

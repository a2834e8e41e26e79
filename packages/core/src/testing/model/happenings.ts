// How a step of the world is written: where it can happen, and what is done to make it happen.
import { isStepUp as asksAgain } from "../../oauth/sign-in-attempt.js";
import type { AuthState } from "../../client/state.js";
import type { HeldCall } from "./gates.js";
import { reached } from "../reached.js";
import type { HeldWorld } from "./held-world.js";

type Who = "person" | "server" | "store" | "another process" | "time" | "app";

/** What can be seen of a world that stands still. */
export interface Look {
  readonly state: AuthState;
  readonly held: readonly HeldCall[];
  /** `awaiting-callback.waiting` */
  readonly at: string;
  readonly world: HeldWorld;
}

export interface WorldEvent {
  readonly by: Who;
  readonly isPossible: (look: Look) => boolean;
  readonly happen: (world: HeldWorld) => unknown;
}

export const HOUR = 3_600_000;
export const POLL = 5_000;

export const holds =
  (call: HeldCall, ...at: readonly string[]) =>
  (look: Look): boolean =>
    look.held.includes(call) && (at.length === 0 || at.some((name) => look.at.startsWith(name)));
export const nothingHeld = ({ held }: Look): boolean => held.length === 0;
export const isAt =
  (...at: readonly string[]) =>
  (look: Look): boolean =>
    at.includes(look.at) && nothingHeld(look);
const url = ({ state }: Look): string | undefined => ("url" in state ? state.url : undefined);
export const canComeBack = (look: Look): boolean =>
  look.state.status === "awaiting-callback" && url(look) !== undefined && !look.held.includes("load");
export const rests = isAt("idle", "logged-out", "authenticated");

export function goesOn(trouble: (world: HeldWorld) => unknown = () => {}) {
  return async (world: HeldWorld): Promise<void> => {
    await trouble(world);
    world.gates.letThrough();
  };
}

export const fails = (...calls: Parameters<HeldWorld["store"]["failing"]["add"]>[0][]) =>
  goesOn(({ store }) => calls.forEach((call) => store.failing.add(call)));
export const faulty = (fault: HeldWorld["server"]["fault"]) =>
  goesOn(({ server }) => void (server.fault = fault));

export const signsIn = (world: HeldWorld): Promise<void> => world.elsewhere((other) => other.signIn());
export const signsOut = (world: HeldWorld): Promise<void> =>
  world.elsewhere((other) => other.signOut({ browser: false }));

/** In a record of its own: the one before is not theirs. */
export async function somebodyElse(world: HeldWorld): Promise<void> {
  world.server.idTokenClaims = { sub: "bob" };
  await signsIn(world);
  world.server.idTokenClaims = {};
}

/** What is stored, after a sign-in, changed. */
export const stored = (change: (record: Record<string, unknown>) => object = (record) => record) =>
  goesOn(async (world) => {
    if (world.store.text === null) await signsIn(world);
    world.store.text = JSON.stringify(
      change(JSON.parse(world.store.text ?? "{}") as Record<string, unknown>),
    );
  });

export function comesBack(decision: "allow" | "deny") {
  return ({ server, ports, client }: HeldWorld): void => {
    const state = client.getState();
    if ("url" in state && state.url) void ports.listener.visit(server.authorize(state.url, decision));
  };
}

export function entersCode(decision: "allow" | "deny") {
  return async ({ server, clock, client }: HeldWorld): Promise<void> => {
    const state = client.getState();
    if (!("device" in state) || !state.device) return;
    server.approveDevice(state.device.userCode, decision);
    await clock.advance(POLL);
    // The machine rests in this state too, and checks the answer in it.
    await reached(client, ({ status }) => status !== "awaiting-callback");
  };
}

export async function until(world: HeldWorld, at: number | undefined): Promise<void> {
  if (at !== undefined) await world.clock.advance(Math.max(at - world.clock.now(), 0));
}

/** When the machine refreshes by itself, if it does. */
export function dueAt(world: HeldWorld): number | undefined {
  const { degraded, session, resting } = world.snapshot().context;
  if (degraded) return degraded.nextRetryAt;
  const isAtRest = session !== undefined && `${session.id} ${session.generation}` === resting;
  return isAtRest ? undefined : session?.refreshDueAt;
}

/** The person who is signed in is asked to sign in again. */
export const isStepUp = ({ world }: Look): boolean => {
  const { attempt, session } = world.snapshot().context;
  return attempt !== undefined && session !== undefined && asksAgain(attempt);
};
export const isDeviceCode = (look: Look): boolean => isAt("awaiting-callback.device")(look);
export const looksElsewhere = (look: Look): boolean =>
  look.held.includes("load") && !look.at.startsWith("restoring");

// Public states by name: what tells one from another, coarsely and in full.
import type { AuthState, Command } from "../../client/state.js";

/** `awaiting-callback.waiting+base`: status and step; with `base` over a session, with `degraded` after a failure. */
export type StateName =
  | "restoring"
  | "idle"
  | `awaiting-callback.${"preparing" | "waiting" | "device"}${"" | "+base"}`
  | `exchanging${"" | "+base"}`
  | `${"authenticated" | "refreshing"}${"" | "+degraded"}`
  | "logging-out"
  | "logged-out";

export function stateName(state: AuthState): StateName {
  const step = "step" in state ? `.${state.step}` : "";
  const base = "base" in state && state.base ? "+base" : "";
  const degraded = "degraded" in state && state.degraded ? "+degraded" : "";
  return `${state.status}${step}${base}${degraded}` as StateName;
}

/** With the reason, the browser, what can be shown, and the commands. */
export function fullName(state: AuthState): string {
  const reason = "reason" in state && state.reason ? ` because ${state.reason.code}` : "";
  const degraded = "degraded" in state && state.degraded ? ` because ${state.degraded.code}` : "";
  const retry =
    "degraded" in state && state.degraded && state.degraded.nextRetryAt === undefined ? " for good" : "";
  const browser = "browser" in state && state.browser ? `, browser ${state.browser}` : "";
  const code = "device" in state && state.device ? ", code" : "";
  const address = "url" in state && state.url ? ", address" : "";
  return `${stateName(state)}${reason}${degraded}${retry}${browser}${code}${address} (${inOrder(state.can).join(" ")})`;
}

/** Whether the app shows them alike on purpose. A group of plain names holds for those with the same fact beside, too. */
export function areAlike(a: StateName, b: StateName, groups: readonly (readonly StateName[])[]): boolean {
  const [plainA, factA] = a.split("+") as [StateName, string?];
  const [plainB, factB] = b.split("+") as [StateName, string?];
  return groups.some(
    (group) =>
      (group.includes(a) && group.includes(b)) ||
      (factA === factB && group.includes(plainA) && group.includes(plainB)),
  );
}

function inOrder(commands: readonly Command[]): readonly Command[] {
  return commands.toSorted((a, b) => a.localeCompare(b));
}

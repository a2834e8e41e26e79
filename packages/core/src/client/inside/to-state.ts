// What apps see of the machine's snapshot.
import type { SnapshotFrom } from "xstate";
import type { authMachine } from "../../machine/machine.js";
import type { DeviceAuthorization } from "../../oauth/device-request.js";
import type { StoreInfo } from "../../ports/ports.js";
import type { AuthState, Command, DeviceCode } from "../state.js";

const COMMANDS: readonly Command[] = ["signIn", "useDeviceCode", "cancel", "signOut"];
/** While it refreshes a call waits its turn, so it may be made. */
const WHILE_REFRESHING: readonly Command[] = ["signIn", "signOut"];

/** Whether a pasted redirect could be taken: the browser was sent somewhere. */
export function takesRedirect(snapshot: SnapshotFrom<typeof authMachine>): boolean {
  return snapshot.matches("awaiting-callback") && snapshot.context.attempt?.url !== undefined;
}

function toDeviceCode({
  userCode,
  verificationUri,
  verificationUriComplete,
  expiresAt,
}: DeviceAuthorization): DeviceCode {
  return {
    userCode,
    verificationUri,
    expiresAt,
    ...(verificationUriComplete === undefined ? {} : { verificationUriComplete }),
  };
}

export function toState(snapshot: SnapshotFrom<typeof authMachine>, store: StoreInfo): AuthState {
  const { attempt, session, reason, degraded, signOut } = snapshot.context;
  const can = COMMANDS.filter((type) => snapshot.can({ type } as never));
  if (takesRedirect(snapshot)) can.push("submitRedirect");
  const common = { store, can };
  const base = session ? { base: session.view } : {};
  const lastFailure = degraded ? { degraded } : {};
  if (snapshot.matches("restoring")) return { ...common, status: "restoring" };
  if (snapshot.matches("awaiting-callback") && attempt) {
    const { deadline, url, browser, device } = attempt;
    return {
      ...common,
      status: "awaiting-callback",
      step: device ? "device" : url === undefined ? "preparing" : "waiting",
      deadline,
      ...(device ? { device: toDeviceCode(device) } : {}),
      ...(url === undefined ? {} : { url }),
      ...(browser === undefined ? {} : { browser }),
      ...base,
    };
  }
  if (snapshot.matches("exchanging")) return { ...common, status: "exchanging", ...base };
  if (snapshot.matches("authenticated") && session)
    return { ...common, status: "authenticated", session: session.view, ...lastFailure };
  if (snapshot.matches("refreshing") && session)
    return { store, can: WHILE_REFRESHING, status: "refreshing", session: session.view, ...lastFailure };
  if (snapshot.matches("logging-out") || snapshot.matches("visiting"))
    return { ...common, status: "logging-out", ...(signOut?.url === undefined ? {} : { url: signOut.url }) };
  // `refreshing.ending` has no session any more: for apps the person is signed out.
  if ((snapshot.matches("logged-out") || snapshot.matches("refreshing")) && reason)
    return { ...common, status: "logged-out", reason };
  return { ...common, status: "idle", ...(reason ? { reason } : {}) };
}

/**
 * Whether an app would see no difference. What the machine holds is replaced, never changed, so that a look at the members
 * is enough, and at the members of what is made anew for each state (`can`, `store`, `device`).
 */
export function isSameState(a: AuthState, b: AuthState): boolean {
  return isSame(a, b, (x, y) => isSame(x, y, Object.is));
}

function isSame(a: unknown, b: unknown, isSameMember: (a: unknown, b: unknown) => boolean): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const [mine, others] = [Object.entries(a), Object.entries(b)];
  return (
    mine.length === others.length &&
    mine.every(([name, value]) => Object.hasOwn(b, name) && isSameMember(value, b[name as keyof typeof b]))
  );
}

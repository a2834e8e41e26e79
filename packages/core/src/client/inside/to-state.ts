// What apps see of the machine's snapshot.
import type { SnapshotFrom } from "xstate";
import type { AuthContext, authMachine } from "../../machine/machine.js";
import type { DeviceAuthorization } from "../../oauth/device-request.js";
import type { StoreInfo } from "../../ports/ports.js";
import type { Reason } from "../../ground/errors.js";
import type { SteadyClock } from "../../ports/steady-clock.js";
import type { Degraded, Session } from "../../session/session.js";
import type { AuthState, Command, DeviceCode } from "../state.js";
import { isMinting } from "./until.js";

const COMMANDS: readonly Command[] = ["signIn", "useDeviceCode", "cancel", "signOut"];
/** While it refreshes, or reads what was done elsewhere, a call waits its turn, so it may be made. */
const WHILE_BUSY: readonly Command[] = ["signIn", "signOut"];

/** Whether a pasted redirect could be taken: the browser was sent somewhere. */
export function takesRedirect(snapshot: SnapshotFrom<typeof authMachine>): boolean {
  const { attempt } = snapshot.context;
  return (
    snapshot.matches("awaiting-callback") && attempt?.url !== undefined && attempt.responseMode === "query"
  );
}

type Shown = SteadyClock["shown"];

/** As the app's clock says it: the same object, as long as nobody has set it. */
export function shownSession(session: Session, shown: Shown): Session {
  const { accessTokenExpiresAt: at } = session;
  const there = at === undefined ? undefined : shown(at);
  return there === undefined || there === at ? session : { ...session, accessTokenExpiresAt: there };
}

function toDeviceCode(
  { userCode, verificationUri, verificationUriComplete, expiresAt }: DeviceAuthorization,
  shown: Shown,
): DeviceCode {
  return {
    userCode,
    verificationUri,
    expiresAt: shown(expiresAt),
    ...(verificationUriComplete === undefined ? {} : { verificationUriComplete }),
  };
}

/** `shown`: the machine's times as the wall clock says them. */
export function toState(
  snapshot: SnapshotFrom<typeof authMachine>,
  store: StoreInfo,
  shown: Shown = (at) => at,
): AuthState {
  const { attempt, signOut } = snapshot.context;
  const { session, reason, degraded } = shownFacts(snapshot.context, shown);
  const can = COMMANDS.filter((type) => snapshot.can({ type } as never));
  if (takesRedirect(snapshot)) can.push("submitRedirect");
  const common = { store, can };
  const base = session ? { base: session } : {};
  const lastFailure = degraded ? { degraded } : {};
  if (snapshot.matches("restoring")) return { ...common, status: "restoring" };
  if (snapshot.matches("awaiting-callback") && attempt) {
    const { deadline, url, browser, device } = attempt;
    return {
      ...common,
      status: "awaiting-callback",
      step: device ? "device" : url === undefined ? "preparing" : "waiting",
      deadline: shown(deadline),
      ...(device ? { device: toDeviceCode(device, shown) } : {}),
      ...(url === undefined ? {} : { url }),
      ...(browser === undefined ? {} : { browser }),
      ...base,
    };
  }
  if (snapshot.matches("exchanging")) return { ...common, status: "exchanging", ...base };
  if (snapshot.matches("authenticated") && session)
    return { ...common, status: "authenticated", session, ...lastFailure };
  if ((snapshot.matches("reviewing") || isMinting(snapshot)) && session)
    return { store, can: WHILE_BUSY, status: "authenticated", session, ...lastFailure };
  if (snapshot.matches("refreshing") && session)
    return { store, can: WHILE_BUSY, status: "refreshing", session, ...lastFailure };
  if (snapshot.matches("logging-out") || snapshot.matches("visiting"))
    return { ...common, status: "logging-out", ...(signOut?.url === undefined ? {} : { url: signOut.url }) };
  // `refreshing.ending` has no session any more: for apps the person is signed out.
  if ((snapshot.matches("logged-out") || snapshot.matches("refreshing")) && reason)
    return { ...common, status: "logged-out", reason };
  return { ...common, status: "idle", ...(reason ? { reason } : {}) };
}

function shownReason(reason: Reason, shown: Shown): Reason {
  const at = shown(reason.at);
  return at === reason.at ? reason : { ...reason, at };
}

function shownDegraded(degraded: Degraded, shown: Shown): Degraded {
  const at = shown(degraded.at);
  if (at === degraded.at) return degraded;
  const { nextRetryAt } = degraded;
  return { ...degraded, at, ...(nextRetryAt === undefined ? {} : { nextRetryAt: shown(nextRetryAt) }) };
}

function shownFacts({ session, reason, degraded }: AuthContext, shown: Shown) {
  return {
    session: session && shownSession(session.view, shown),
    reason: reason && shownReason(reason, shown),
    degraded: degraded && shownDegraded(degraded, shown),
  };
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

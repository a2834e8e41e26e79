// What apps see: a plain union derived from the machine's snapshot, and nothing of xstate.
import type { SnapshotFrom } from "xstate";
import type { Reason } from "./errors.js";
import type { authMachine } from "./machine.js";
import type { Degraded } from "./machine-types.js";
import type { DeviceAuthorization } from "./oauth/index.js";
import type { StoreInfo } from "./ports.js";
import type { Session } from "./session.js";

/** What the app may call now. */
export type Command = "signIn" | "submitRedirect" | "useDeviceCode" | "cancel" | "signOut";

/**
 * Where the session is, in plain data: what an app shows. Holds no token. Changes are told by `subscribe`; an object that
 * was given out does not change.
 */
export type AuthState = { readonly store: StoreInfo; readonly can: readonly Command[] } & (
  | { readonly status: "restoring" }
  | { readonly status: "idle"; readonly reason?: Reason }
  | {
      readonly status: "awaiting-callback";
      /**
       * `preparing`: finding the server, binding the port. `waiting`: for the person at the browser. `device`: for the person
       * who enters the code, and for the browser where `url` is there.
       */
      readonly step: "preparing" | "waiting" | "device";
      /** Epoch milliseconds. */
      readonly deadline: number;
      /**
       * For the person's browser; show it when none opened. Holds `state` and `nonce`: do not log it. Of a pushed request it
       * is another one before the server forgets the first (RFC 9126 2.2); either signs in.
       */
      readonly url?: string;
      readonly browser?: "opened" | "failed";
      readonly device?: DeviceCode;
      /** The session that stays if this sign-in is given up. */
      readonly base?: Session;
    }
  | { readonly status: "exchanging"; readonly base?: Session }
  | {
      readonly status: "authenticated" | "refreshing";
      readonly session: Session;
      /** The last refresh did not succeed; it is tried again, and the session stays. */
      readonly degraded?: Degraded;
    }
  | {
      readonly status: "logging-out";
      /** A one-time address for the person's browser, which sends it on to the server. */
      readonly url?: string;
    }
  | { readonly status: "logged-out"; readonly reason: Reason }
);

/** What to show a person who signs in with a code (RFC 8628 3.3). */
export interface DeviceCode {
  /** To type in at `verificationUri`. */
  readonly userCode: string;
  readonly verificationUri: string;
  /** With the code in it: for a QR code, or a link. */
  readonly verificationUriComplete?: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

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

// What apps see: a plain union, and nothing of xstate.
import type { Reason } from "../ground/errors.js";
import type { StoreInfo } from "../ports/ports.js";
import type { Degraded, Session } from "../session/session.js";

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

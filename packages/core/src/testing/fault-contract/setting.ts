// What a fault is run in: a server, the ports of an app beside it, a person with a browser, and time.
import type { AuthConfig } from "../../config/auth-config.js";
import type { AuthPorts, OpenBrowser, SessionStore } from "../../ports/ports.js";
import type { FakeServer } from "../fake-server/types.js";

/** What a browser shows in the end. */
export interface SeenPage {
  /** Of the listener's own page; undefined when somebody else answered, or nobody. */
  readonly outcome?: "success" | "failure" | "pending";
  /** As it came, where it is HTML. */
  readonly html?: string;
}

export interface FaultSetting {
  /** Offers everything. */
  readonly server: FakeServer;
  /** More options of every app here. @default none */
  readonly config?: Partial<AuthConfig>;
  /** The ports of one process of the app. */
  createPorts(options: { readonly store: SessionStore; readonly openBrowser: OpenBrowser }): AuthPorts;
  /** The person's browser: goes to a URL of the server or the app, and follows every redirect. */
  browse(url: string): Promise<SeenPage>;
  /** Milliseconds. */
  readonly limits: {
    readonly requestTimeoutMs: number;
    readonly signInTimeoutMs: number;
    readonly signOutTimeoutMs: number;
    /** For a device to be polled a few times. */
    readonly pollsMs: number;
    /** How much later than its limit a call may end. */
    readonly toleranceMs: number;
  };
  /** Whether the server is on real sockets. */
  readonly isOverSockets: boolean;
  /** Lets virtual time pass; absent where time passes by itself. */
  readonly advance?: (ms: number) => Promise<void>;
  close(): Promise<void>;
}

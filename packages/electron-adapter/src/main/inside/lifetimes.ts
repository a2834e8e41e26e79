// What the machine and the app go through, for the session: sleep and wake, quitting, the end of the person's own session.
import type { AuthClient, AuthState } from "@loopkey/core";
import type { ElectronMain } from "../electron.js";

/** A refresh that has been sent is waited for, no longer. */
const QUIT_MS = 5_000;

/** What ends by itself once the client is closed, and takes a moment: a save, a listener, an answer to a browser. */
const BUSY: ReadonlySet<AuthState["status"]> = new Set([
  "awaiting-callback",
  "exchanging",
  "refreshing",
  "logging-out",
]);

/** Prevented by a client that is waited for: others are closed meanwhile. */
const ours = new WeakSet<object>();

export interface Lifetimes {
  /** Of a window's `query-session-end`: Windows waits, for as long as the refresh is not saved. */
  readonly onSessionEnd: (event: { preventDefault(): void }) => void;
}

/** Until `signal` is aborted: `resume` and `unlock-screen` wake the client, `will-quit` closes it. */
export function tieToApp(client: AuthClient, electron: ElectronMain, signal: AbortSignal): Lifetimes {
  const { app, powerMonitor } = electron;
  const wake = (): void => client.wake();
  let isClosed = false;
  let closing: Promise<void> | undefined;

  async function closeThenQuit(): Promise<void> {
    await within(QUIT_MS, client.close());
    // Until Electron knows that it was held up it hears no other `quit`, and a client can be closed before that.
    await new Promise((resolve) => setImmediate(resolve));
    isClosed = true;
    app.quit();
  }

  function closeAndQuit(event: { preventDefault(): void }): void {
    event.preventDefault();
    ours.add(event);
    closing ??= closeThenQuit();
  }

  const onQuit = (event: { readonly defaultPrevented?: boolean; preventDefault(): void }): void => {
    // The app goes on, by a decision of its own.
    if (isClosed || (event.defaultPrevented === true && !ours.has(event))) return;
    if (closing || BUSY.has(client.getState().status)) closeAndQuit(event);
    else void client.close();
  };

  powerMonitor.on("resume", wake);
  powerMonitor.on("unlock-screen", wake);
  app.on("will-quit", onQuit);
  signal.addEventListener(
    "abort",
    () => {
      powerMonitor.off("resume", wake);
      powerMonitor.off("unlock-screen", wake);
      app.off("will-quit", onQuit);
    },
    { once: true },
  );

  return {
    onSessionEnd: (event) => {
      if (!isClosed && client.getState().status === "refreshing") closeAndQuit(event);
    },
  };
}

/** Settled, one way or the other, or over the time. */
function within(ms: number, work: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const settle = (): void => {
      clearTimeout(timer);
      resolve();
    };
    work.then(settle, settle);
  });
}

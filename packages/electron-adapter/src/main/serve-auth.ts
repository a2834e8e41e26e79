// Serves the app's windows: each document gets one port, checked when it arrives.
import { AuthError, type AuthClient, type AuthState } from "@loopkey/core";
import { toErrorData } from "../error-data.js";
import { CHANNEL } from "../wire.js";
import { loadElectron, type AppWindow, type Arrival, type Contents } from "./electron.js";
import { serveDocument, type ServedDocument } from "./inside/document.js";
import { tieToApp } from "./inside/lifetimes.js";
import { refusal, type Refusal } from "./inside/refusals.js";
import { createSignInBudget } from "./inside/sign-in-budget.js";
import { resolveServeOptions, type ServeAuthOptions } from "./inside/serve-options.js";
import { stateFor } from "./inside/window-state.js";

export interface ServedAuth {
  /**
   * Names a window that may use the session, before it loads its page: `addWindow(new BrowserWindow(...))`. It is forgotten when
   * it is closed. Throws a TypeError when it is served already, by this client or another.
   */
  addWindow(window: AppWindow): void;
}

/** Windows say together that the network is back, and a hostile one without end. */
const ONLINE_PAUSE_MS = 10_000;

/** Two clients, for two accounts, hear the same channel: each window is of one of them. */
const named = new WeakSet<Contents>();

/**
 * Serves the session to the app's windows, and ties it to the app's life. Windows see the state, without tokens, and what of the
 * claims the app allows; they may call `signIn`, `cancel`, `signOut`, `userInfo`, and `fetch` what the app has listed.
 *
 * - A document is what is trusted, not a frame. Its preload opens one port before any of its scripts run; when that arrives, it
 *   must come from the main frame of a window that was named, with one of the origins. Its closing (navigation, reload, crash)
 *   ends its subscription and its fetches.
 * - No token, verifier, ID token or stored record crosses. An API that repeats the headers of its request shows the token to
 *   the window that asked it: leave such paths out of `fetch`.
 * - Windows may begin five sign-ins a minute, all together.
 * - `powerMonitor`'s `resume` and `unlock-screen`, and `online` in a window (every 10 s at most), wake the client. Quitting
 *   closes it: a sign-in that waits is cancelled, a refresh is waited for until it is saved, 5 s at most. `app.exit()` waits for
 *   nothing.
 *
 * Throws a TypeError that says what to write instead for an option that it cannot use.
 *
 * @example
 * ```ts
 * const client = createAuthClient(
 *   { issuer: "https://id.example.com", clientId: "notes-desktop" },
 *   createElectronPorts({ appName: "Example Notes" }),
 * );
 * const auth = serveAuth(client, { origins: ["app://notes"], claims: ["sub", "name"] });
 * auth.addWindow(new BrowserWindow({ webPreferences: { preload: preloadPath } }));
 * ```
 */
export function serveAuth(client: AuthClient, options: ServeAuthOptions): ServedAuth {
  const { isOwn, view, check, onRefused, signal } = resolveServeOptions(options);
  const electron = options.electron ?? loadElectron();
  const lifetimes = tieToApp(client, electron, signal);
  const windows = new Map<Contents, ServedDocument | undefined>();
  let shown = stateFor(client.getState(), view);

  const unsubscribe = client.subscribe((state) => {
    const over = whyOver(state);
    if (over) for (const document of windows.values()) document?.endFetches(over);
    const next = stateFor(state, view);
    if (JSON.stringify(next) === JSON.stringify(shown)) return;
    shown = next;
    for (const document of windows.values()) document?.tell(next);
  });

  const takeSignIn = createSignInBudget();
  // After each wake a refresh that has failed is tried at once.
  let lastOnline = -Infinity;
  const onOnline = (): void => {
    const now = performance.now();
    if (now - lastOnline < ONLINE_PAUSE_MS) return;
    lastOnline = now;
    client.wake();
  };

  const onArrival = (event: Arrival, message: unknown): void => {
    const { sender, senderFrame: frame, ports } = event;
    const isNamed = windows.has(sender);
    // Another client's window is that one's business.
    if (!isNamed && named.has(sender)) return;
    const code = whyRefused(event, message);
    // A new document in the window is the end of the one before, whatever it is itself.
    if (isNamed && isMainFrame(event)) windows.get(sender)?.end(superseded());
    if (code) {
      const error = new AuthError("closed", "This document is not served.", { detail: code });
      for (const port of ports) {
        port.postMessage({ type: "closed", error: toErrorData(error) });
        port.close();
      }
      return onRefused(refusal(code, frame?.origin));
    }
    const document: ServedDocument = serveDocument({
      port: ports[0]!,
      client,
      view,
      check,
      takeSignIn,
      state: () => shown,
      onOnline,
      refuse: (reason, detail) => onRefused(refusal(reason, frame?.origin, detail)),
      onEnd: () => {
        if (windows.get(sender) === document) windows.set(sender, undefined);
      },
    });
    windows.set(sender, document);
  };

  function whyRefused(event: Arrival, message: unknown): Refusal["code"] | undefined {
    const { sender, senderFrame: frame, ports } = event;
    // A webview says that it is a main frame.
    if (sender.getType() !== "window") return "not_a_window";
    if (!windows.has(sender)) return "window_not_named";
    if (frame === null || !isMainFrame(event)) return "not_main_frame";
    if (!isOwn(frame)) return "wrong_origin";
    if (message !== null || ports.length !== 1) return "malformed";
    return undefined;
  }

  electron.ipcMain.on(CHANNEL, onArrival);
  const forget = new Set<() => void>();
  signal.addEventListener(
    "abort",
    () => {
      electron.ipcMain.off(CHANNEL, onArrival);
      unsubscribe();
      for (const end of forget) end();
    },
    { once: true },
  );

  return {
    addWindow(window) {
      signal.throwIfAborted();
      const { webContents } = window;
      if (named.has(webContents))
        throw new TypeError("This window is served already. Call addWindow once for each.");
      const end = (): void => {
        window.off("query-session-end", lifetimes.onSessionEnd);
        window.off("closed", end);
        forget.delete(end);
        windows.get(webContents)?.end(new AuthError("closed", "The window is not served any more."));
        windows.delete(webContents);
        named.delete(webContents);
      };
      named.add(webContents);
      windows.set(webContents, undefined);
      forget.add(end);
      window.on("query-session-end", lifetimes.onSessionEnd);
      window.on("closed", end);
    },
  };
}

function isMainFrame({ sender, senderFrame: frame }: Arrival): boolean {
  // By its number: whether a frame is always the same object is Electron's business.
  return frame?.parent === null && frame.frameTreeNodeId === sender.mainFrame.frameTreeNodeId;
}

/** Why nothing may go on with the person's token. */
function whyOver(state: AuthState): AuthError | undefined {
  const isOver = state.status === "logging-out" || state.status === "logged-out" || state.status === "idle";
  if (!isOver) return undefined;
  const reason = state.status === "logging-out" ? undefined : state.reason;
  if (!reason) return new AuthError("signed_out", "You signed out.");
  const { code, message, detail, hint } = reason;
  return new AuthError(code, message, { detail, hint });
}

function superseded(): AuthError {
  return new AuthError("closed", "Another document took its place.");
}

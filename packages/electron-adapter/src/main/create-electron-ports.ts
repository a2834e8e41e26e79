// The ports of an Electron app's main process: those of Node, with what Electron does better.
import type { AuthPorts } from "@loopkey/core";
import { createNodePorts, type NodePortsOptions } from "@loopkey/node-adapter";
import { here, loadElectron, type ElectronMain } from "./electron.js";
import { createFocus, withFocus } from "./inside/come-to-front.js";
import { checkNativeParts } from "./inside/native-parts.js";
import { createNetFetch } from "./inside/net-fetch.js";
import { createOpenExternal } from "./inside/open-external.js";
import { createSafeStorageStore } from "./inside/safe-storage-store.js";

export interface ElectronPortsOptions extends Pick<NodePortsOptions, "appName" | "profile" | "secret"> {
  /**
   * Where the session is kept. `keyring`: in the system's, where a command line of the same `appName` and `profile` finds it.
   * `safe-storage`: in a file of the app's state folder that Electron's `safeStorage` encrypts, which this app alone can open.
   * The others are those of `createNodePorts`.
   * @default "keyring"
   */
  readonly store?: "safe-storage" | NonNullable<NodePortsOptions["store"]>;
  /** Brings the app to the front once the person's browser has been answered. @default the first window that is visible or minimized */
  readonly focus?: () => void;
  /** In place of Electron's: the double, in a test. */
  readonly electron?: ElectronMain;
}

const OPTIONS = [
  "appName",
  "profile",
  "store",
  "secret",
  "focus",
  "electron",
] as const satisfies (keyof ElectronPortsOptions)[];

/**
 * The ports of an Electron app, for its main process: the loopback listener, lock and clock of `@loopkey/node-adapter`; the
 * person's browser by `shell.openExternal` (`https`, and `http` on loopback), after which the app comes to the front; `fetch` by
 * `net.request`, so that the system's proxy and certificates count, in a session that keeps nothing; the system's keyring, or a
 * file that `safeStorage` encrypts. Can be called before the app is ready: what needs that waits for it.
 *
 * Throws a TypeError that says what to write instead for an option that it cannot use, and an Error that says what to unpack when
 * the app is packed with its native parts inside.
 *
 * @example
 * ```ts
 * const client = createAuthClient(
 *   { issuer: "https://id.example.com", clientId: "notes-desktop" },
 *   createElectronPorts({ appName: "Example Notes" }),
 * );
 * ```
 */
export function createElectronPorts(options: ElectronPortsOptions): AuthPorts {
  if (typeof options !== "object" || options === null)
    throw new TypeError(
      'createElectronPorts needs the name of the app: createElectronPorts({ appName: "My App" }).',
    );
  const unknown = Object.keys(options).find((name) => !(OPTIONS as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw new TypeError(
      `createElectronPorts has no option ${JSON.stringify(unknown)}. It takes ${OPTIONS.join(", ")}.`,
    );
  const { appName, profile, secret, store = "keyring", focus } = options;
  if (focus !== undefined && typeof focus !== "function")
    throw new TypeError("focus is not a function. Pass () => window.show(), or leave it out.");
  const electron = options.electron ?? loadElectron();
  checkNativeParts(here());
  const account = { appName, ...(profile !== undefined && { profile }) };
  const ports: AuthPorts = createNodePorts({
    ...account,
    store:
      store === "safe-storage"
        ? createSafeStorageStore({ ...account, electron, withLock: (...task) => ports.withLock(...task) })
        : store,
    openBrowser: createOpenExternal(electron),
    ...(secret !== undefined && { secret }),
  });
  return {
    ...ports,
    listenForRedirect: withFocus(ports.listenForRedirect, focus ?? createFocus(electron)),
    fetch: createNetFetch(electron),
  };
}

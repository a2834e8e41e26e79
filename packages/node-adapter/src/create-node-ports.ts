// All ports for Node, from a few options.
import { createMemoryStore, type AuthPorts, type OpenBrowser, type SessionStore } from "@loopkey/core";
import { createKeyringStore } from "./keyring-store.js";
import { createLoopbackListener } from "./loopback-listener.js";
import { createBrowserLauncher } from "./open-browser.js";
import { systemClock } from "./system-clock.js";

export interface NodePortsOptions {
  /** The app's name as people know it: it stands on the page the browser shows after signing in. */
  readonly appName: string;
  /**
   * Whose session it is, for apps with several accounts: 1 to 64 of `A-Z a-z 0-9 . _ -`.
   * @default "default"
   */
  readonly profile?: string;
  /**
   * Where the session is kept. `keyring`: in the system's (see {@link createKeyringStore}); where there is none, signing
   * in fails before a browser opens. `memory`: signed out when the process ends. Or a store of your own.
   * @default "keyring"
   */
  readonly store?: "keyring" | "memory" | SessionStore;
  /** Opens the browser in place of {@link createBrowserLauncher}. @default createBrowserLauncher() */
  readonly openBrowser?: OpenBrowser;
}

const OPTIONS = ["appName", "profile", "store", "openBrowser"] as const satisfies (keyof NodePortsOptions)[];

/**
 * The ports of an app that runs in Node: a loopback listener on `node:http`, the system's browser, a session store and
 * the system clock. Opens and starts nothing by itself.
 *
 * Throws a TypeError that says what to write instead for an unknown option or kind of store, or an empty `appName`.
 *
 * @example
 * ```ts
 * const ports = createNodePorts({ appName: "Example Notes" });
 * ```
 */
export function createNodePorts(options: NodePortsOptions): AuthPorts {
  for (const name of Object.keys(options)) {
    if (!(OPTIONS as readonly string[]).includes(name)) {
      throw new TypeError(
        `createNodePorts has no option ${JSON.stringify(name)}. It takes ${OPTIONS.join(", ")}.`,
      );
    }
  }
  const { appName, profile = "default", store = "keyring", openBrowser = createBrowserLauncher() } = options;
  if (typeof appName !== "string" || appName.trim() === "") {
    throw new TypeError('appName is empty. Write the name people know, such as appName: "Example Notes".');
  }
  if (typeof openBrowser !== "function") {
    throw new TypeError(
      "openBrowser is not a function. Pass (url, { signal }) => Promise<void>, or leave it out.",
    );
  }
  return {
    listenForRedirect: createLoopbackListener({ appName }),
    openBrowser,
    store: resolveStore(store, appName, profile),
    clock: systemClock,
  };
}

function resolveStore(
  store: "keyring" | "memory" | SessionStore,
  appName: string,
  profile: string,
): SessionStore {
  // Made even when it is not used: a wrong profile is a mistake with every store.
  const keyring = createKeyringStore({ service: appName, account: profile });
  if (store === "keyring") return keyring;
  if (store === "memory") return createMemoryStore();
  const isStore =
    typeof store === "object" &&
    store !== null &&
    (["load", "save", "clear", "probe"] as const).every((name) => typeof store[name] === "function");
  if (isStore) return store;
  const given =
    typeof store === "string" ? `the kind ${JSON.stringify(store)}` : "something that is no SessionStore";
  throw new TypeError(
    `store is ${given}. Write store: "keyring" or "memory", or pass an object with info, load, save, clear and probe.`,
  );
}

// All ports for Node, from a few options.
import { createMemoryStore, type AuthPorts, type OpenBrowser, type SessionStore } from "@loopkey/core";
import { createLoopbackListener } from "./loopback-listener.js";
import { createBrowserLauncher } from "./open-browser.js";
import { systemClock } from "./system-clock.js";

export interface NodePortsOptions {
  /** The app's name as people know it: it stands on the page the browser shows after signing in. */
  readonly appName: string;
  /**
   * Where the session is kept. `memory`: signed out when the process ends. Or a store of your own.
   * @default "memory"
   */
  readonly store?: "memory" | SessionStore;
  /** Opens the browser in place of {@link createBrowserLauncher}. @default createBrowserLauncher() */
  readonly openBrowser?: OpenBrowser;
}

const OPTIONS = ["appName", "store", "openBrowser"] as const satisfies (keyof NodePortsOptions)[];

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
  const { appName, store = "memory", openBrowser = createBrowserLauncher() } = options;
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
    store: resolveStore(store),
    clock: systemClock,
  };
}

function resolveStore(store: "memory" | SessionStore): SessionStore {
  if (store === "memory") return createMemoryStore();
  const isStore =
    typeof store === "object" &&
    store !== null &&
    (["load", "save", "clear", "probe"] as const).every((name) => typeof store[name] === "function");
  if (isStore) return store;
  const given =
    typeof store === "string" ? `the kind ${JSON.stringify(store)}` : "something that is no SessionStore";
  throw new TypeError(
    `store is ${given}. Write store: "memory", or pass an object with info, load, save, clear and probe.`,
  );
}

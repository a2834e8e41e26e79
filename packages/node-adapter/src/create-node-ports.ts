// All ports for Node, from a few options.
import type { AuthPorts, OpenBrowser, SessionStore } from "@loopkey/core";
import { createMemoryStore } from "@loopkey/core/light";
import { createRefusingStore } from "./app-file/refusing-store.js";
import { createNamedKeyring } from "./auto-store/named-keyring.js";
import { createAutoStore } from "./auto-store/store.js";
import { createBrowserLauncher } from "./browser/launcher.js";
import { systemClock } from "./clock/system.js";
import { createEncryptedFileStore } from "./encrypted-file/store.js";
import { createNetworkFetch, type NetworkOptions } from "./fetch/network.js";
import { systemFetch } from "./fetch/port.js";
import { createJournal } from "./journal/journal.js";
import { ACCOUNT } from "./keyring/options.js";
import { createSessionLock } from "./lock/session-lock.js";
import { createTurnLock } from "./lock/within-process.js";
import { createLoopbackListener } from "./loopback/listener.js";
import { createMachineId } from "./machine/id.js";
import { secretFromEnvironment } from "./passphrase/from-environment.js";
import type { SecretSource } from "./passphrase/secret.js";
import { createServerCache } from "./server-cache/file.js";

const STORES = ["auto", "keyring", "encrypted-file", "memory"] as const;

/** The stores that have a name. */
export type StoreChoice = (typeof STORES)[number];

export interface NodePortsOptions {
  /**
   * The app's name as people know it: it stands on the page the browser shows after signing in, and names the keyring's
   * entry and the state folder.
   */
  readonly appName: string;
  /**
   * Whose session it is, for apps with several accounts: 1 to 64 of `A-Z a-z 0-9 . _ -`.
   * @default "default"
   */
  readonly profile?: string;
  /**
   * Where the session is kept. `keyring`: in the system's (see {@link createNamedKeyring}); where there is none, signing
   * in fails before a browser opens. `encrypted-file`: in a file of the app's state folder, under a passphrase or a key (see
   * {@link createEncryptedFileStore}). `auto`: in the keyring, else, with a passphrase or key, in the encrypted file, else
   * signing in fails as above; the state names the one in use (see {@link createAutoStore}). `memory`: signed out when the
   * process ends; never unless asked for. Or a store of your own. The first three refuse while a desktop app of this name keeps
   * the profile's session in a file of its own (see {@link createRefusingStore}).
   * @default "auto"
   */
  readonly store?: StoreChoice | SessionStore;
  /**
   * Gives the passphrase or key of the encrypted file, with the stores `auto` and `encrypted-file`. Asked when it is needed.
   * @default what the environment says: see {@link secretFromEnvironment}
   */
  readonly secret?: SecretSource;
  /** Opens the browser in place of {@link createBrowserLauncher}. @default createBrowserLauncher() */
  readonly openBrowser?: OpenBrowser;
  /**
   * For company networks: requests go through the proxy that the environment (or this option) names, and trust the system's
   * certificates beside Node's. `{}` is what most apps want. Without it `globalThis.fetch` is called, which knows neither
   * unless Node is started so.
   * @default `globalThis.fetch` as it is
   */
  readonly network?: NetworkOptions;
}

const METHODS = ["load", "save", "clear", "quarantine", "probe"] as const;
const OPTIONS = [
  "appName",
  "profile",
  "store",
  "secret",
  "openBrowser",
  "network",
] as const satisfies (keyof NodePortsOptions)[];

/**
 * The ports of an app that runs in Node: a loopback listener on `node:net`, the system's browser, a session store, a
 * lock, a stamp and a journal over all processes of this app and profile, and the system clock. Opens and starts nothing by itself.
 *
 * Throws a TypeError that says what to write instead for an unknown option or kind of store, or an empty `appName`.
 *
 * @example
 * ```ts
 * const ports = createNodePorts({ appName: "Example Notes" });
 * ```
 */
export function createNodePorts(options: NodePortsOptions): AuthPorts {
  if (typeof options !== "object" || options === null)
    throw new TypeError('createNodePorts needs the name of the app: createNodePorts({ appName: "My App" }).');
  for (const name of Object.keys(options)) {
    if (!(OPTIONS as readonly string[]).includes(name)) {
      throw new TypeError(
        `createNodePorts has no option ${JSON.stringify(name)}. It takes ${OPTIONS.join(", ")}.`,
      );
    }
  }
  const {
    appName,
    profile = "default",
    store = "auto",
    secret,
    openBrowser = createBrowserLauncher(),
    network,
  } = options;
  if (typeof appName !== "string" || appName.trim() === "") {
    throw new TypeError('appName is empty. Write the name people know, such as appName: "Example Notes".');
  }
  if (typeof profile !== "string" || !ACCOUNT.test(profile)) {
    throw new TypeError(
      `profile ${JSON.stringify(profile)} is no name of a profile. Write 1 to 64 of A-Z a-z 0-9 . _ - such as profile: "work", ` +
        'or leave it out for "default".',
    );
  }
  if (typeof openBrowser !== "function") {
    throw new TypeError(
      "openBrowser is not a function. Pass (url, { signal }) => Promise<void>, or leave it out.",
    );
  }
  if (secret !== undefined && typeof secret !== "function") {
    throw new TypeError(
      "secret is not a function. Pass async () => ({ passphrase }) or ({ key }), or leave it out.",
    );
  }
  // Whichever store it is, and whoever gives the secret: the browser is not to inherit one that the environment holds.
  secretFromEnvironment();
  return {
    listenForRedirect: createLoopbackListener({ appName }),
    openBrowser,
    store: resolveStore(store, { appName, profile, ...(secret && { secret }) }),
    // In memory there is nothing that another process could see or change, and nothing to copy to another machine.
    ...(store === "memory"
      ? { withLock: createTurnLock() }
      : {
          ...createSessionLock(appName, profile),
          machineId: createMachineId({ appName }),
          journal: createJournal({ appName, profile }),
          serverCache: createServerCache({ appName, profile }),
        }),
    clock: systemClock,
    fetch: network === undefined ? systemFetch : createNetworkFetch(network),
  };
}

function resolveStore(
  store: StoreChoice | SessionStore,
  options: { readonly appName: string; readonly profile: string; readonly secret?: SecretSource },
): SessionStore {
  if (store === "auto") return createRefusingStore(createAutoStore(options), options);
  if (store === "keyring") return createRefusingStore(createNamedKeyring(options), options);
  if (store === "encrypted-file") return createRefusingStore(createEncryptedFileStore(options), options);
  if (store === "memory") return createMemoryStore();
  const isStore =
    typeof store === "object" && store !== null && METHODS.every((name) => typeof store[name] === "function");
  if (isStore) return store;
  const given =
    typeof store === "string" ? `the kind ${JSON.stringify(store)}` : "something that is no SessionStore";
  const names = STORES.map((name) => JSON.stringify(name)).join(", ");
  throw new TypeError(
    `store is ${given}. Write one of ${names}, or pass an object with info, ${METHODS.join(", ")}.`,
  );
}

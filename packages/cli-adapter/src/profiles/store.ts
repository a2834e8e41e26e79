// Where the binary keeps a session: the kinds of store that --store names.
import { AuthError } from "@loopkey/core/light";
import type { SessionStore, StoreInfo } from "@loopkey/core";
import {
  createAutoStore,
  createEncryptedFileStore,
  createNamedKeyring,
  createRefusingStore,
  type Environment,
} from "@loopkey/node-adapter";

export const STORE_KINDS = ["auto", "keyring", "encrypted-file", "memory"] as const;

export type StoreKind = (typeof STORE_KINDS)[number];

/** What a profile has that says nothing else. */
export const DEFAULT_STORE: StoreInfo & { readonly kind: StoreKind } = { kind: "auto", persistent: true };

/** The app's name for the stores and their lock: every profile of the binary has its entry or its file under it. */
export const APP_NAME = "loopkey";

/** The store in memory, as an option of `login` and `doctor`. */
export const MEMORY_ADVICE = "To try it without keeping the session: --store memory.";

export function toStoreKind(kind: string): StoreKind {
  const known = STORE_KINDS.find((each) => each === kind);
  if (known !== undefined) return known;
  throw new AuthError(
    "invalid_config",
    `There is no store ${JSON.stringify(kind)}. Known are ${STORE_KINDS.join(", ")}.`,
    { detail: "store" },
  );
}

/**
 * Keeps one profile's session beyond the process. Nothing is touched before it is asked, but that a passphrase is taken
 * out of `env` where one could be needed. `lastResort`: what else there is, where neither keyring nor file can be had.
 */
export function createStore(
  kind: Exclude<StoreKind, "memory">,
  profile: string,
  env: Environment,
  lastResort = "",
): SessionStore {
  const options = { appName: APP_NAME, profile, env };
  const store = {
    keyring: () => createNamedKeyring(options),
    "encrypted-file": () => createEncryptedFileStore(options),
    auto: () => createAutoStore({ ...options, lastResort }),
  }[kind]();
  return createRefusingStore(store, options);
}

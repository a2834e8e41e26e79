// Where the binary keeps a session: the kinds of store that --store names.
import { AuthError, createMemoryStore, type SessionStore, type StoreInfo } from "@loopkey/core";
import { createKeyringStore } from "@loopkey/node-adapter";

export const STORE_KINDS = ["keyring", "memory"] as const;

export type StoreKind = (typeof STORE_KINDS)[number];

/** What a profile has that says nothing else. */
export const DEFAULT_STORE: StoreInfo & { readonly kind: StoreKind } = { kind: "keyring", persistent: true };

/** The service under which every profile of the binary has its entry. */
const SERVICE = "loopkey";

export function toStoreKind(kind: string): StoreKind {
  const known = STORE_KINDS.find((each) => each === kind);
  if (known !== undefined) return known;
  throw new AuthError(
    "invalid_config",
    `There is no store ${JSON.stringify(kind)}. Known are ${STORE_KINDS.join(", ")}.`,
    { detail: "store" },
  );
}

/** Keeps one profile's session. Nothing is touched before it is asked. */
export function createStore(kind: StoreKind, profile: string): SessionStore {
  return kind === "memory" ? createMemoryStore() : createKeyringStore({ service: SERVICE, account: profile });
}

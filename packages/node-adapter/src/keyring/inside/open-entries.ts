// Entries that stay open from call to call: to open one takes longer than to use it, and on Linux connects anew.
import type { KeyringBackend, KeyringEntry } from "../backend.js";
import type { KeyringFailureCode } from "../failure-codes.js";

/** What an entry says whose connection is lost, or is to a keyring that has ended: opened anew it may work. */
const LOST: ReadonlySet<KeyringFailureCode> = new Set(["no_dbus", "no_provider", "busy"]);

export interface OpenEntries {
  open(service: string, account: string): KeyringEntry;
  /** Whether any is open: one from an earlier call may have lost its connection since. */
  isUsed(): boolean;
  /** Opens them anew from now on. */
  forget(): void;
}

export function createOpenEntries(backend: () => KeyringBackend): OpenEntries {
  const entries = new Map<string, KeyringEntry>();
  return {
    open(service, account) {
      const key = JSON.stringify([service, account]);
      const entry = entries.get(key) ?? backend().openEntry(service, account);
      entries.set(key, entry);
      return entry;
    },
    isUsed: () => entries.size > 0,
    forget: () => entries.clear(),
  };
}

/** Whether the failure may be that of the connection, not of the keyring. */
export function mayBeLost(code: KeyringFailureCode): boolean {
  return LOST.has(code);
}

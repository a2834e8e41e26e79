// Says what is waited for when the keyring does not answer at once: it may be asking for its password, behind other windows.
import type { SessionStore } from "@loopkey/core";
import { printLines, type Output } from "../../terminal/io.js";

const PATIENCE_MS = 2_000;

/** The same store. Once a process, and not for the encrypted file, which waits for nobody but the passphrase's descriptor. */
export function tellOfWaiting(store: SessionStore, stderr: Output): SessionStore {
  let isTold = false;

  function tell(): void {
    if (isTold || store.info.kind === "encrypted-file") return;
    isTold = true;
    printLines(stderr, [
      "Waiting for the keyring, for a minute at most. Is there a window that asks for its password?",
    ]);
  }

  async function waiting<T>(call: Promise<T>): Promise<T> {
    const timer = setTimeout(tell, PATIENCE_MS);
    return call.finally(() => clearTimeout(timer));
  }

  return {
    get info() {
      return store.info;
    },
    load: (options) => waiting(store.load(options)),
    save: (record) => waiting(store.save(record)),
    clear: () => waiting(store.clear()),
    quarantine: () => waiting(store.quarantine()),
    probe: () => waiting(store.probe()),
    ...(store.prepare && { prepare: (bytes: number) => waiting(store.prepare!(bytes)) }),
  };
}

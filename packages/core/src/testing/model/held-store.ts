// A store whose calls can be made to fail, one by one, and whose text another process may change.
import type { SessionStore } from "../../ports/ports.js";

type StoreCall = "load" | "save" | "clear" | "probe";

export interface HeldStore {
  /** What the client is given. `pass` is awaited before each load. */
  readonly ports: (pass: () => Promise<void>, passProbe: () => Promise<void>) => SessionStore;
  /** The same record, as another process has it. */
  readonly elsewhere: SessionStore;
  /** Which calls fail now. */
  readonly failing: Set<StoreCall>;
  text: string | null;
}

/** Makes one that holds nothing. */
export function createHeldStore(): HeldStore {
  const failing = new Set<StoreCall>();
  const held: HeldStore = { failing, text: null, elsewhere: store(), ports: store };

  function store(pass?: () => Promise<void>, passProbe?: () => Promise<void>): SessionStore {
    const isElsewhere = pass === undefined;
    const may = (call: StoreCall): void => {
      if (failing.has(call) && !isElsewhere) throw unavailable();
    };
    return {
      info: { kind: "fake", persistent: true },
      async load() {
        await pass?.();
        may("load");
        return held.text;
      },
      async save(text) {
        may("save");
        held.text = text;
      },
      async clear() {
        may("clear");
        held.text = null;
      },
      async quarantine() {
        const aside = held.text === null ? null : "set aside";
        held.text = null;
        return aside;
      },
      async probe() {
        await passProbe?.();
        may("probe");
      },
    };
  }

  return held;
}

function unavailable(): Error {
  return Object.assign(new Error("The keyring is locked."), {
    code: "locked",
    hint: "Unlock the keyring, then try again.",
  });
}

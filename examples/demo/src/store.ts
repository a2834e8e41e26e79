// Where the demo keeps the session: the real keyring where there is one.
import { createKeyringStore } from "@loopkey/node-adapter";

export type DemoStore = "keyring" | "memory";

export interface StoreChoice {
  readonly kind: DemoStore;
  /** Why it is not the keyring, and what to do about that. */
  readonly instead?: string;
}

/** Tries the keyring by writing, reading and deleting an entry. */
export async function chooseStore(): Promise<StoreChoice> {
  try {
    await createKeyringStore({ service: "Loopkey demo" }).probe();
    return { kind: "keyring" };
  } catch (error) {
    const { message, hint } = error as Error & { hint?: string };
    return { kind: "memory", instead: hint === undefined ? message : `${message} ${hint}` };
  }
}

// Where the demo keeps the session: the real keyring where there is one, else an encrypted file of this run.
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKeyringStore } from "@loopkey/node-adapter";

export type DemoStore = "keyring" | "encrypted-file";

export interface StoreChoice {
  readonly kind: DemoStore;
  /** Why it is not the keyring, and what to do about that. */
  readonly instead?: string;
  /** What the app's processes find in their environment: never in their arguments, which every user can see. */
  readonly env: Readonly<Record<string, string>>;
  /** Deletes what was made for this run. */
  remove(): Promise<void>;
}

/** Tries the keyring by writing, reading and deleting an entry. */
export async function chooseStore(): Promise<StoreChoice> {
  try {
    await createKeyringStore({ service: "Loopkey demo" }).probe();
    return { kind: "keyring", env: {}, remove: async () => {} };
  } catch (error) {
    const { message, hint } = error as Error & { hint?: string };
    return createEncryptedFile(hint === undefined ? message : `${message} ${hint}`);
  }
}

/** A passphrase and a folder that nobody needs after this run. */
async function createEncryptedFile(instead: string): Promise<StoreChoice> {
  const folder = await mkdtemp(join(tmpdir(), "loopkey-demo-"));
  return {
    kind: "encrypted-file",
    instead,
    env: {
      LOOPKEY_PASSPHRASE: randomBytes(24).toString("base64url"),
      LOOPKEY_PASSPHRASE_FD: "",
      LOOPKEY_KEY_FILE: "",
      ...stateFolderVariables(folder),
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** What decides about the state folder, on each system. */
function stateFolderVariables(folder: string): Readonly<Record<string, string>> {
  if (process.platform === "win32") return { LOCALAPPDATA: folder };
  return process.platform === "darwin" ? { HOME: folder } : { XDG_STATE_HOME: folder };
}

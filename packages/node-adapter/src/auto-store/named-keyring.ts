// The keyring of an app that names it: with the note that says whether a record was put there.
import type { SessionStore } from "@loopkey/core";
import type { Environment } from "../ground/environment.js";
import { createKeyringStore, type KeyringStore } from "../keyring/store.js";
import { createPlaceNote, mayLand } from "./inside/place-note.js";

export interface NamedKeyringOptions {
  /** The app's name: the keyring's service, and the name of the state folder. */
  readonly appName: string;
  /** 1 to 64 of `A-Z a-z 0-9 . _ -`. @default "default" */
  readonly profile?: string;
  /** Decides about the state folder. @default process.env */
  readonly env?: Environment;
  /** In place of the system's. @default createKeyringStore({ service: appName, account: profile }) */
  readonly keyring?: KeyringStore;
}

/**
 * {@link createKeyringStore}, which writes nothing to learn that nobody is signed in: "no such entry" is believed, unless a record
 * was put there. Then the keyring has to show first that it keeps an entry. An empty file in the state folder,
 * `session-<profile>.in-keyring`, remembers that; where none can be made, this process alone.
 */
export function createNamedKeyring(options: NamedKeyringOptions): SessionStore {
  const { appName, profile = "default", env = process.env } = options;
  const keyring = options.keyring ?? createKeyringStore({ service: appName, account: profile, env });
  const note = createPlaceNote(appName, profile, env);
  let wasSeen = false;

  async function emptied<T>(outcome: Promise<T>): Promise<T> {
    const result = await outcome;
    wasSeen = false;
    await note.remove().catch(() => {});
    return result;
  }

  return {
    info: keyring.info,
    async load(how = {}) {
      const isExpected = wasSeen || (await note.isLeft().catch(() => true));
      const record = await keyring.load(isExpected ? how : { ...how, isUnexpected: true });
      if (record === null) return null;
      wasSeen = true;
      if (!isExpected) await note.leave().catch(() => {});
      return record;
    },
    async save(record) {
      const isNew = await note.leave().catch(() => false);
      try {
        await keyring.save(record);
        wasSeen = true;
      } catch (error) {
        // One that was too slow may still get there.
        if (isNew && !mayLand(error)) await note.remove().catch(() => {});
        throw error;
      }
    },
    clear: () => emptied(keyring.clear()),
    quarantine: () => emptied(keyring.quarantine()),
    probe: () => keyring.probe(),
  };
}

// The store of an app that names none: the keyring where it works, else the encrypted file where there is a secret for it.
import type { LoadOptions, PortError, SessionStore, StoreInfo } from "@loopkey/core";
import { createEncryptedFileStore } from "../encrypted-file/store.js";
import type { Environment } from "../ground/environment.js";
import { createKeyringStore, type KeyringStore } from "../keyring/store.js";
import { noSecretHint, secretFromEnvironment, withoutSecret } from "../passphrase/from-environment.js";
import type { SecretSource } from "../passphrase/secret.js";
import { createPlaceNote, mayLand, type Place } from "./inside/place-note.js";

const UNDECIDED: StoreInfo = { kind: "auto", persistent: true };

export interface AutoStoreOptions {
  /** The app's name: the keyring's service, and the name of the state folder. */
  readonly appName: string;
  /** 1 to 64 of `A-Z a-z 0-9 . _ -`. @default "default" */
  readonly profile?: string;
  /** For the encrypted file. @default what the environment says: see {@link secretFromEnvironment} */
  readonly secret?: SecretSource;
  /** Decides about the state folder and the secret. @default process.env */
  readonly env?: Environment;
  /** What the hint says after the encrypted file, before the keyring, when there is no store to be had. @default 'Or ask for the store "memory": ...' */
  readonly lastResort?: string;
  /** In place of the system's. @default createKeyringStore({ service: appName, account: profile }) */
  readonly keyring?: KeyringStore;
}

/**
 * Keeps the session in the keyring or in an encrypted file, never in memory, and in one of them at a time:
 *
 * 1. A record stays where it is. If the file exists, the file is used; if the record was put into the keyring, the keyring
 *    is: should it fail, the call rejects, and no second session begins elsewhere. A note without content, beside where the
 *    file would be, remembers that.
 * 2. With no record yet, the keyring is used if it works. What counts is the probe before a sign-in.
 * 3. Else, with a passphrase or key at hand, the encrypted file.
 * 4. Else every call rejects with the keyring's failure and what to do. A sign-in fails before the browser opens.
 *
 * Once a run has put, found or proven to be able to keep a record in a place, it stays with that place, also after a
 * sign-out; another run chooses anew. If both have a record, every call rejects with `two_records`. Only what this store
 * has put there is known to it: a record that an app put into the keyring by name is found as long as there is no file.
 *
 * `info` names the store in use, and is `auto` until that is known. Nothing is touched before the first call.
 */
export function createAutoStore(options: AutoStoreOptions): SessionStore {
  const { appName, profile = "default", env = process.env } = options;
  const { lastResort = 'Or ask for the store "memory": signed out when the process ends.' } = options;
  const secret = options.secret ?? secretFromEnvironment(env);
  const keyring = options.keyring ?? createKeyringStore({ service: appName, account: profile, env });
  const file = createEncryptedFileStore({ appName, profile, env, secret: secret ?? withoutSecret() });
  const stores: Readonly<Record<Place, KeyringStore>> = { keyring, "encrypted-file": file };
  const note = createPlaceNote(appName, profile, env);

  let chosen: Place | undefined;
  /** The keyring has said that it is empty, and not yet that it would keep anything. */
  let isTentative = false;
  let last: Promise<unknown> = Promise.resolve();

  /** One call at a time: two that are made before a choice must not choose differently. */
  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = last.then(task);
    last = turn.catch(() => {});
    return turn;
  }

  function settle(place: Place, tentative = false): Place {
    chosen = place;
    isTentative = tentative;
    return place;
  }

  async function placeOfRecord(): Promise<Place | undefined> {
    const place = await note.read();
    return place === undefined ? undefined : settle(place);
  }

  /** The file instead, or why there is none. */
  function insteadOfKeyring(error: unknown): SessionStore {
    if (!secret) throw nowhere(error, lastResort);
    return stores[settle("encrypted-file")];
  }

  /** A record that may be in the keyring is not looked for elsewhere. */
  async function at<T>(place: Place, call: (store: SessionStore) => Promise<T>): Promise<T> {
    try {
      return await call(stores[place]);
    } catch (error) {
      if (place === "encrypted-file" || provesRecord(error)) throw error;
      throw (await note.read()) === "keyring" ? staysInKeyring(error) : error;
    }
  }

  async function load(options?: LoadOptions): Promise<string | null> {
    const noted = await placeOfRecord();
    if (noted !== undefined) return at(noted, (store) => store.load(options));
    // Nothing was put there, as far as is known: that there is no entry is believed, and nothing written to prove it.
    const unexpected = { ...options, isUnexpected: true };
    if (chosen !== undefined) return at(chosen, (store) => store.load(unexpected));
    let record: string | null;
    try {
      record = await keyring.load(unexpected);
    } catch (error) {
      if (!provesRecord(error)) return insteadOfKeyring(error).load(options);
      settle("keyring");
      throw error;
    }
    settle("keyring", record === null);
    // Put there by an app that asked for the keyring by name.
    if (record !== null) await note.leave().catch(() => {});
    return record;
  }

  async function probe(): Promise<void> {
    const place = (await placeOfRecord()) ?? (isTentative ? undefined : chosen);
    if (place === "encrypted-file") return file.probe();
    if (place === "keyring") await at(place, (store) => store.probe());
    else {
      try {
        await keyring.probe();
      } catch (error) {
        return insteadOfKeyring(error).probe();
      }
      settle("keyring");
    }
    await note.probe();
  }

  async function placeToSave(): Promise<Place> {
    const place = (await placeOfRecord()) ?? (isTentative ? undefined : chosen);
    if (place !== undefined) return place;
    await probe();
    return chosen!;
  }

  async function placeToEmpty(): Promise<Place> {
    const place = (await placeOfRecord()) ?? chosen;
    if (place !== undefined) return place;
    await load();
    return chosen!;
  }

  async function saveInKeyring(record: string): Promise<void> {
    const isNew = await note.leave();
    try {
      await at("keyring", (store) => store.save(record));
    } catch (error) {
      // One that was too slow may still get there.
      if (isNew && !mayLand(error)) await note.remove().catch(() => {});
      throw error;
    }
  }

  async function empty<T>(call: (store: SessionStore) => Promise<T>): Promise<T> {
    const place = await placeToEmpty();
    const result = await at(place, call);
    if (place === "keyring") await note.remove();
    return result;
  }

  async function save(record: string): Promise<void> {
    return (await placeToSave()) === "keyring" ? saveInKeyring(record) : file.save(record);
  }

  return {
    get info() {
      return chosen === undefined ? UNDECIDED : stores[chosen].info;
    },
    load: (options) => inTurn(() => load(options)),
    save: (record) => inTurn(() => save(record)),
    prepare: (bytes) =>
      inTurn(async () => {
        const place = (await placeToSave()) === "keyring" ? undefined : await file.prepare!(bytes);
        // The keyring keeps no room: that it has just been read shows enough.
        return {
          save: (record) => inTurn(() => (place ?? { save }).save(record)),
          discard: async () => place?.discard(),
        };
      }),
    clear: () => inTurn(() => empty((store) => store.clear())),
    quarantine: () => inTurn(() => empty((store) => store.quarantine())),
    probe: () => inTurn(probe),
  };
}

/** The keyring works, and has a record that it cannot give. */
function provesRecord(error: unknown): boolean {
  return ["damaged", "ambiguous"].includes((error as PortError | undefined)?.code ?? "");
}

function nowhere(error: unknown, lastResort: string): PortError {
  return retold(error, {
    message: "There is no passphrase or key for an encrypted file either.",
    hint: [noSecretHint, lastResort, "Or use the keyring."].filter(Boolean).join(" "),
    // It takes the longest.
    last: "keyring",
  });
}

function staysInKeyring(error: unknown): PortError {
  return retold(error, {
    message: "The session of this profile is kept there.",
    hint: 'Or choose another store by name, such as "encrypted-file", and sign in there.',
  });
}

interface More {
  readonly message: string;
  readonly hint: string;
  /** Whose hint stands last. @default this one */
  readonly last?: "keyring";
}

/** The keyring's failure, with more to say. */
function retold(error: unknown, more: More): PortError {
  const { message, code, hint }: PortError = error instanceof Error ? error : new Error(String(error));
  const hints = more.last === "keyring" ? [more.hint, hint] : [hint, more.hint];
  return Object.assign(new Error(`${message} ${more.message}`, { cause: error }), {
    ...(code !== undefined && { code }),
    hint: hints.filter((text) => text !== undefined).join(" "),
  });
}

// What is noted beside a profile: who signed in, since when, and what became of it. No secret, and nothing that a session needs:
// a note that is missing or damaged says less, and is written anew.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { replaceUnsynced, systemName } from "@loopkey/node-adapter";
import { readyFolder } from "./own-folder.js";

export interface Outcome {
  /** `signed_in`, `refreshed`, or the code of an AuthError. */
  readonly code: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface Note {
  readonly subject?: string | undefined;
  /** As the server calls the person. */
  readonly name?: string | undefined;
  /** The store that has the session. */
  readonly store?: string | undefined;
  /** Epoch milliseconds. */
  readonly signedInAt?: number | undefined;
  readonly lastOutcome?: Outcome | undefined;
}

export interface Notes {
  read(profile: string): Promise<Note>;
  /** What is not said stays as it was. Never rejects: the session is what counts. */
  add(profile: string, note: Note): Promise<void>;
}

export function createNotes(folder: () => string): Notes {
  const pathOf = (profile: string): string => join(folder(), `account-${systemName(profile)}.json`);

  async function read(profile: string): Promise<Note> {
    try {
      const note = JSON.parse(await readFile(pathOf(profile), "utf8")) as Record<string, unknown> | null;
      return note?.["profile"] === profile ? checked(note) : {};
    } catch {
      return {};
    }
  }

  return {
    read,
    async add(profile, note) {
      const whole = { v: 1, profile, ...(await read(profile)), ...note };
      try {
        await readyFolder(folder());
        // Without a word to the disk: a token has been printed, and the command has nothing else to wait for.
        await replaceUnsynced(pathOf(profile), `${JSON.stringify(whole, null, 2)}\n`, process.platform);
      } catch {
        // The next refresh notes it again.
      }
    },
  };
}

function checked(note: Readonly<Record<string, unknown>>): Note {
  const text = (value: unknown) => (typeof value === "string" ? value : undefined);
  const time = (value: unknown) => (typeof value === "number" ? value : undefined);
  const { code, at } = (note["lastOutcome"] ?? {}) as Readonly<Record<string, unknown>>;
  return {
    subject: text(note["subject"]),
    name: text(note["name"]),
    store: text(note["store"]),
    signedInAt: time(note["signedInAt"]),
    lastOutcome: typeof code === "string" && typeof at === "number" ? { code, at } : undefined,
  };
}

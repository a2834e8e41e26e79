// Where a profile's record is: the encrypted file shows itself, for the keyring an empty file says so.
import { dirname } from "node:path";
import type { PortError } from "@loopkey/core";
import { encryptedFilePath } from "../../encrypted-file/store.js";
import type { Environment } from "../../ground/environment.js";
import { withFile } from "../../ground/with-file.js";
import { earlierNames, isThereAsNamed } from "../../private-files/earlier-names.js";
import { toFileFailure } from "../../private-files/failures.js";
import { isThere, removeFile } from "../../private-files/file.js";
import { ensurePrivateFolder } from "../../private-files/folder.js";

export type Place = "keyring" | "encrypted-file";

/** What can be known about the place of a record without asking a keyring or a person. */
export interface PlaceNote {
  /** Where the record is; undefined when nothing says so. Rejects with `two_records` when there seem to be two. */
  read(): Promise<Place | undefined>;
  /** Whether the note is there, whatever else is. */
  isLeft(): Promise<boolean>;
  /** Rejects when nothing can be noted: asked before a browser opens. */
  probe(): Promise<void>;
  /** Says that the record is in the keyring. Resolves with whether that is new. */
  leave(): Promise<boolean>;
  remove(): Promise<void>;
}

/**
 * A keyring that does not answer cannot say whether it has the record. Without the note an app that is started where there
 * is no keyring (over SSH, say) would find nobody signed in, and begin a second session beside the first.
 */
export function createPlaceNote(appName: string, profile: string, env: Environment): PlaceNote {
  const filePath = (): string => encryptedFilePath(appName, profile, env);
  const notePath = (): string => filePath().replace(/\.enc$/, ".in-keyring");
  const prepare = (): Promise<void> => ensurePrivateFolder(dirname(notePath()));

  const failed = (error: unknown): never => {
    throw toFileFailure(error, notePath());
  };

  /** Under the names that an earlier version gave them, if it was here. */
  const earlier = (): { readonly inFile: boolean; readonly note: string | undefined } => {
    const names = earlierNames(appName, profile, { env });
    const isNoted = names !== undefined && isThereAsNamed(names.noteOfKeyring);
    return {
      inFile: names !== undefined && isThereAsNamed(names.encryptedFile),
      note: isNoted ? names.noteOfKeyring : undefined,
    };
  };

  return {
    async read() {
      const [inFile, inKeyring] = await Promise.all([filePath(), notePath()].map(isThere)).catch(failed);
      if (inFile && inKeyring) throw twoRecords(profile, filePath());
      if (inFile) return "encrypted-file";
      if (inKeyring) return "keyring";
      const before = earlier();
      if (before.inFile) return "encrypted-file";
      return before.note === undefined ? undefined : "keyring";
    },
    isLeft: async () => (await isThere(notePath()).catch(failed)) || earlier().note !== undefined,
    probe: prepare,
    async leave() {
      await prepare();
      try {
        await withFile(notePath(), "wx", async () => {});
        return earlier().note === undefined;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
        return failed(error);
      }
    },
    async remove() {
      const paths = [earlier().note, notePath()].filter((path) => path !== undefined);
      // oxlint-disable-next-line no-await-in-loop
      for (const path of paths) await removeFile(path, process.platform).catch(failed);
    },
  };
}

function twoRecords(profile: string, path: string): PortError {
  return Object.assign(
    new Error(`The profile ${profile} has a session in the keyring and another in ${path}.`),
    { code: "two_records", hint: 'Choose the store by name: "keyring" or "encrypted-file".' },
  );
}

/** Whether a save that has failed may still put the record there: the keyring had it, and was too slow. */
export function mayLand(error: unknown): boolean {
  return ["timed_out", "not_responding"].includes((error as PortError).code ?? "");
}

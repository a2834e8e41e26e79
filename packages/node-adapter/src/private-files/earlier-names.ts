// What the first versions named a session's folder, files, lock and keyring entry. Case counted in those names, where the system
// let it, and a dot stood for itself: on Windows and macOS several sessions could be one.
import { realpathSync } from "node:fs";
import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { percentEncoded, systemName } from "../ground/system-name.js";
import { folderNamed, type StateFolderOptions } from "./folder.js";

export interface EarlierNames {
  /** Absolute paths. */
  readonly lock: string;
  readonly encryptedFile: string;
  readonly noteOfKeyring: string;
  /** Of the keyring's entry. */
  readonly service: string;
  readonly account: string;
}

/** The names before, where they differ from those of today. Throws when there is no home. */
export function earlierNames(
  appName: string,
  profile: string,
  options: StateFolderOptions = {},
): EarlierNames | undefined {
  const folderName = earlierFolderName(appName);
  if (folderName === systemName(appName) && profile === systemName(profile)) return undefined;
  const folder = folderNamed(folderName, options);
  return {
    lock: join(folder, `${profile}.lock`),
    encryptedFile: join(folder, `session-${profile}.enc`),
    noteOfKeyring: join(folder, `session-${profile}.in-keyring`),
    service: appName,
    account: profile,
  };
}

/**
 * Whether this very name stands there. Where case does not count, "Work.lock" is found as "work.lock" as well, and is
 * somebody else's: the system remembers how it was written.
 */
export function isThereAsNamed(path: string): boolean {
  try {
    const found = realpathSync.native(path);
    return basename(found) === basename(path) && basename(dirname(found)) === basename(dirname(path));
  } catch {
    return false;
  }
}

const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d) *(\.|$)/i;
const LONGEST_NAME = 120;

function earlierFolderName(appName: string): string {
  const unsafe = RESERVED.test(appName) ? /^.|[^A-Za-z0-9._ -]|[. ]$/gu : /[^A-Za-z0-9._ -]|^[-. ]|[. ]$/gu;
  const encoded = appName.replace(unsafe, percentEncoded);
  if (encoded.length <= LONGEST_NAME) return encoded;
  return `${encoded.slice(0, LONGEST_NAME - 66)}%-${createHash("sha256").update(appName).digest("hex")}`;
}

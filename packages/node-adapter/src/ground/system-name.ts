// One name for whatever the system keeps for an app or a profile: folders, files, locks, entries of the keyring.
import { createHash } from "node:crypto";

// Windows takes no file of these names, whatever its ending.
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/;
const LONGEST = 120;

/**
 * A name of at most 120 characters for every text, and another for every other text, also where case does not count: Windows'
 * keyring and file system, and macOS' file system. Lower-case letters, digits, `_`, `-` and spaces within stay as they are;
 * a capital becomes `+` and its small letter, all else `%` and its bytes. No dot: on Windows one joins the names of an entry.
 */
export function systemName(text: string): string {
  const name = text
    .replace(/[^a-z0-9_ -]|^ | $/gu, escaped)
    .replace(RESERVED, (reserved) => percentEncoded(reserved[0]!) + reserved.slice(1));
  if (name.length <= LONGEST) return name;
  // No other name has "%-" in it.
  return `${name.slice(0, LONGEST - 66)}%-${createHash("sha256").update(text).digest("hex")}`;
}

function escaped(character: string): string {
  return /[A-Z]/.test(character) ? `+${character.toLowerCase()}` : percentEncoded(character);
}

export function percentEncoded(character: string): string {
  return Buffer.from(character).toString("hex").toUpperCase().replace(/../g, "%$&");
}

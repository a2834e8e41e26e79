// Private files on disk: read only when nobody else could have written them, replaced whole or not at all.
import { constants, type Stats } from "node:fs";
import { lstat, readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { shellWord } from "../ground/shell-word.js";
import { withFile, type OpenFile } from "../ground/with-file.js";
import { fileFailure } from "./failures.js";
import { remove, renameOver, syncFolder } from "./inside/steps.js";

/** Another process may be writing it: a call takes no longer than this. */
const LEFTOVER_AGE_MS = 600_000;
/** What follows the name of the file: a temporary one, or a kept place. */
const LEFTOVER = /^[0-9a-f-]{36}\.(tmp|place)$/;

/**
 * The bytes of a file, at most `limit + 1` of them; null when there is none. Rejects with `insecure_file` for a link, a
 * file of another user or one that others have rights to (not on Windows, where modes are made up).
 */
export async function readPrivateFile(
  path: string,
  { limit, platform }: { readonly limit: number; readonly platform: NodeJS.Platform },
): Promise<Buffer | null> {
  const found = await look(path);
  if (found === null) return null;
  refuseInsecure(path, found, platform);
  // Again on the open file: what was looked at may have been exchanged. A pipe must not keep us waiting for a writer.
  // Windows knows neither of the last two: undefined counts as 0.
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  return withFile(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, async (file) => {
    refuseInsecure(path, await file.stat(), platform);
    return readUpTo(file, limit + 1);
  }).catch(nullIfMissing);
}

/** Rejects as `readPrivateFile` does, without reading. Resolves with whether there is a file. */
export async function checkPrivateFile(path: string, platform: NodeJS.Platform): Promise<boolean> {
  const found = await look(path);
  if (found !== null) refuseInsecure(path, found, platform);
  return found !== null;
}

/** Whether there is something of this name, be it a broken link. */
export async function isThere(path: string): Promise<boolean> {
  return (await look(path)) !== null;
}

/**
 * Replaces the file, mode 0600. A crash or a power cut at any point leaves the old one or the new one, whole: the bytes
 * are on disk before they take the name, and the name is on disk before this resolves.
 */
export async function replaceFile(path: string, bytes: Buffer, platform: NodeJS.Platform): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    await writeThrough(temporary, bytes);
    await renameOver(temporary, path, platform);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  await syncFolder(dirname(path), platform);
}

/** As `replaceFile`, without a word to the disk: for what may be lost in a power cut, or come out of it damaged. */
export async function replaceUnsynced(path: string, text: string, platform: NodeJS.Platform): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    await writeFile(temporary, text, { flag: "wx", mode: 0o600 });
    await renameOver(temporary, path, platform);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

/** Rejects unless a file could be replaced: does all of it but the renaming. */
export async function tryWriting(path: string, bytes: Buffer): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    await writeThrough(temporary, bytes);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Resolves with whether there was one. */
export async function removeFile(path: string, platform: NodeJS.Platform): Promise<boolean> {
  if (!(await isThere(path))) return false;
  await remove(path, platform);
  await syncFolder(dirname(path), platform);
  return true;
}

/** Renames it over what is there. Resolves with whether there was a file. */
export async function moveFile(from: string, to: string, platform: NodeJS.Platform): Promise<boolean> {
  if (!(await isThere(from))) return false;
  await renameOver(from, to, platform);
  await syncFolder(dirname(to), platform);
  return true;
}

/**
 * Deletes what a crash in `replaceFile` or with a kept place has left. A failure is no harm: they are encrypted or noise, and
 * never read. `places: "all"`, for whoever holds the lock: nobody else keeps one.
 */
export async function removeLeftovers(path: string, places: "all" | "old" = "old"): Promise<void> {
  const folder = dirname(path);
  const prefix = `${basename(path)}.`;
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const [, kind] = (name.startsWith(prefix) && LEFTOVER.exec(name.slice(prefix.length))) || [];
    const age = kind === "place" && places === "all" ? 0 : LEFTOVER_AGE_MS;
    // oxlint-disable-next-line no-await-in-loop
    if (kind !== undefined) await removeOld(join(folder, name), age).catch(() => {});
  }
}

async function removeOld(path: string, age: number): Promise<void> {
  if (age === 0 || Date.now() - (await lstat(path)).mtimeMs > age) await rm(path, { force: true });
}

async function writeThrough(path: string, bytes: Buffer): Promise<void> {
  await withFile(path, "wx", async (file) => {
    await file.writeFile(bytes);
    await file.sync();
  });
}

async function readUpTo(file: OpenFile, most: number): Promise<Buffer> {
  const { size } = await file.stat();
  const buffer = Buffer.alloc(Math.min(size, most));
  let length = 0;
  while (length < buffer.length) {
    // oxlint-disable-next-line no-await-in-loop
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}

function look(path: string): Promise<Stats | null> {
  return lstat(path).catch(nullIfMissing);
}

function nullIfMissing(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}

function refuseInsecure(path: string, found: Stats, platform: NodeJS.Platform): void {
  const refused = (what: string, hint: string) =>
    fileFailure("insecure_file", `The file ${path} ${what}.`, { hint });
  if (found.isSymbolicLink())
    throw refused("is a link to another place", "Remove the link and sign in again.");
  if (!found.isFile()) throw refused("is not a plain file", "Move it away and sign in again.");
  const user = process.geteuid?.();
  if (platform === "win32" || user === undefined) return;
  if (found.uid !== user) {
    throw refused(
      "belongs to another user",
      `Run the app as the user with the id ${found.uid}, not with sudo, or move the file away.`,
    );
  }
  const mode = found.mode & 0o777;
  if ((mode & 0o077) === 0) return;
  throw refused(
    `is open to other users (mode ${mode.toString(8).padStart(4, "0")})`,
    `Others may have read it. Run: chmod 600 ${shellWord(path)}`,
  );
}

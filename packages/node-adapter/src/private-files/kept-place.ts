// Room on the disk that is taken before it is needed, so that a replacement of a file cannot fail for want of it.
import { randomFillSync, randomUUID } from "node:crypto";
import { open, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { removeLeftovers, replaceFile } from "./file.js";
import { renameOver, syncFolder } from "./inside/steps.js";

/** What a small file may grow to. */
const LEAST_BYTES = 16_384;

/** A place that is kept, for one replacement. */
export interface KeptPlace {
  /** As `replaceFile`, through the kept place: nothing new is asked of the disk for up to the bytes that were kept. */
  replace(bytes: Buffer): Promise<void>;
  /** Gives the room back. Never rejects, and does nothing after `replace`. */
  discard(): Promise<void>;
}

/**
 * Keeps room for these bytes, at least 16 KB, beside the file: written, and on disk. For whoever holds the lock:
 * places that processes left behind when they were killed are deleted first. Rejects when there is no room.
 */
export async function keepPlace(path: string, bytes: number, platform: NodeJS.Platform): Promise<KeptPlace> {
  await removeLeftovers(path, "all");
  const temporary = `${path}.${randomUUID()}.place`;
  const file = await open(temporary, "wx", 0o600);
  let isOpen = true;

  async function close(): Promise<void> {
    if (!isOpen) return;
    isOpen = false;
    await file.close();
  }

  async function discard(): Promise<void> {
    await close().catch(() => {});
    await rm(temporary, { force: true }).catch(() => {});
  }

  try {
    // Noise: a disk that compresses would keep no room for zeros.
    await writeAt(file, randomFillSync(Buffer.allocUnsafe(Math.max(bytes, LEAST_BYTES))));
    await file.sync();
    await syncFolder(dirname(path), platform);
  } catch (error) {
    await discard();
    throw error;
  }

  return {
    async replace(content) {
      try {
        await writeAt(file, content);
        await file.truncate(content.length);
        await file.sync();
        await close();
        await renameOver(temporary, path, platform);
      } catch {
        // Deleted meanwhile, say, by somebody who tidied up: there may be room all the same.
        await discard();
        return replaceFile(path, content, platform);
      }
      await syncFolder(dirname(path), platform);
    },
    async discard() {
      if (isOpen) await discard();
    },
  };
}

async function writeAt(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    // oxlint-disable-next-line no-await-in-loop
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, at);
    at += bytesWritten;
  }
}

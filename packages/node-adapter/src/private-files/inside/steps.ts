// The steps of a replacement that last: renamed over the old file, and the folder on disk.
import { rename, rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { withFile } from "../../ground/with-file.js";

/**
 * On Windows nothing can be renamed over a file that is open, nor deleted while a scanner has it: those open new ones for a moment, and
 * processes of ours read. Two to three seconds of tries, at no rhythm: readers that come again and again have one.
 */
const TRIES = 80;
const pauseMs = (): number => 10 + Math.random() * 40;

async function unlessHeld(act: () => Promise<void>, platform: NodeJS.Platform, tries = 1): Promise<void> {
  try {
    await act();
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    const isHeld = platform === "win32" && ["EPERM", "EACCES", "EBUSY"].includes(code);
    if (!isHeld || tries === TRIES) throw error;
    await delay(pauseMs());
    await unlessHeld(act, platform, tries + 1);
  }
}

export function renameOver(from: string, to: string, platform: NodeJS.Platform): Promise<void> {
  return unlessHeld(() => rename(from, to), platform);
}

/** One that is not there is no failure. */
export function remove(path: string, platform: NodeJS.Platform): Promise<void> {
  return unlessHeld(() => rm(path, { force: true }), platform);
}

/** How a file system says that it has no such thing: some of networks, and of virtual machines. */
const NOT_FOR_FOLDERS = new Set<string | undefined>(["EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

/** Windows has no such thing: a rename is on disk with the volume's log. */
export async function syncFolder(path: string, platform: NodeJS.Platform): Promise<void> {
  if (platform === "win32") return;
  await withFile(path, "r", (folder) => folder.sync()).catch((error: NodeJS.ErrnoException) => {
    // The file is where it belongs by then: a save must not fail for it, after a sign-in or with a token spent.
    if (!NOT_FOR_FOLDERS.has(error.code)) throw error;
  });
}

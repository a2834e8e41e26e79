// What a server says of itself, kept for the next process in a file beside the lock. It is public, and it is checked by who reads it:
// that it cannot be read or written is no failure, the server is asked again.
import { dirname, join } from "node:path";
import type { ServerCache } from "@loopkey/core";
import { systemName } from "../ground/system-name.js";
import {
  checkPrivateFile,
  readPrivateFile,
  removeLeftovers,
  replaceUnsynced,
} from "../private-files/file.js";
import { ensurePrivateFolder, stateFolder } from "../private-files/folder.js";

const MOST_BYTES = 2 * 1024 * 1024;

export interface ServerCacheOptions {
  /** The file is `<profile>.server` in the app's state folder. */
  readonly appName: string;
  readonly profile: string;
  /** @default process.platform */
  readonly platform?: NodeJS.Platform;
}

/**
 * A file for nobody but this user, in a folder for nobody but this user: one that is a link, somebody else's or open to others is
 * left alone, and the text is not kept. Replaced whole; not synced to disk, for what a power cut leaves of it is found out.
 */
export function createServerCache({
  appName,
  profile,
  platform = process.platform,
}: ServerCacheOptions): ServerCache {
  const pathNow = (): string => join(stateFolder(appName), `${systemName(profile)}.server`);
  return {
    async read() {
      try {
        const bytes = await readPrivateFile(pathNow(), { limit: MOST_BYTES, platform });
        return bytes === null || bytes.length > MOST_BYTES ? null : bytes.toString("utf8");
      } catch {
        return null;
      }
    },
    async write(text) {
      try {
        const path = pathNow();
        await ensurePrivateFolder(dirname(path));
        await checkPrivateFile(path, platform);
        await replaceUnsynced(path, text, platform);
        await removeLeftovers(path);
      } catch {
        // The next process asks the server.
      }
    },
  };
}

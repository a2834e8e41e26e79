// A session that a desktop app keeps in a file only it can open: every other store of the same app and profile says so.
import { lstat } from "node:fs/promises";
import type { PortError, SessionStore } from "@loopkey/core";
import type { Environment } from "../ground/environment.js";
import { sessionFilePath } from "../private-files/session-file.js";

/** What `@loopkey/electron-adapter` keeps under Electron's `safeStorage`. */
export const APP_FILE_EXTENSION = "safe-storage";

export interface RefusingStoreOptions {
  readonly appName: string;
  /** @default "default" */
  readonly profile?: string;
  /** Decides about the state folder. @default process.env */
  readonly env?: Environment;
}

/**
 * The store, as long as there is no file that the desktop app of this name has encrypted with Electron's `safeStorage`. While
 * there is, `load`, `save` and `probe` reject with the code `kept_by_app` and name the file: a second session beside it would be
 * one too many, and "nobody is signed in" would be wrong.
 */
export function createRefusingStore(store: SessionStore, options: RefusingStoreOptions): SessionStore {
  async function refuse(): Promise<void> {
    const path = sessionFilePath({ ...options, extension: APP_FILE_EXTENSION });
    const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
      throw error;
    });
    if (found) throw keptByApp(path);
  }
  const checked = async <T>(call: () => Promise<T>): Promise<T> => {
    await refuse();
    return call();
  };
  return {
    get info() {
      return store.info;
    },
    load: (options) => checked(() => store.load(options)),
    save: (record) => checked(() => store.save(record)),
    probe: () => checked(() => store.probe()),
    clear: () => store.clear(),
    quarantine: () => store.quarantine(),
    ...(store.prepare && { prepare: (bytes: number) => checked(() => store.prepare!(bytes)) }),
  };
}

function keptByApp(path: string): PortError {
  return Object.assign(
    new Error(
      `The session is in ${path}, which only the desktop app can open: Electron's safeStorage encrypted it.`,
    ),
    {
      code: "kept_by_app",
      hint: "Sign in and out there, or use another profile here. An app that is to share its session keeps it in the keyring.",
    },
  );
}

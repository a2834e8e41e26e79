// Where an app keeps files of its own on this system, and how that folder stays private.
import { constants, type Stats } from "node:fs";
import { access, lstat, mkdir } from "node:fs/promises";
import { dirname, posix, win32 } from "node:path";
import type { PortError } from "@loopkey/core";
import type { Environment } from "../ground/environment.js";
import { homeFolder, homeVariable } from "../ground/home.js";
import { shellWord } from "../ground/shell-word.js";
import { systemName } from "../ground/system-name.js";
import { hintOfPlace, placeOfAnother } from "./whose-place.js";

export interface StateFolderOptions {
  /** Decides about `XDG_STATE_HOME`, `LOCALAPPDATA` and the home. @default process.env */
  readonly env?: Environment;
  /** @default process.platform */
  readonly platform?: NodeJS.Platform;
  /** The person's home. @default what the environment says, else the system */
  readonly home?: string;
}

/**
 * Why a folder is not used.
 *
 * - `insecure_folder`: others could read or change what is in it, or it is not where it seems to be
 * - `folder_unavailable`: it is not there and cannot be made, or is no folder
 */
export type FolderFailureCode = "insecure_folder" | "folder_unavailable";

/** Not the app's own folder: that mostly exists already, open to everybody, and is not ours to close. */
const OURS = "loopkey";

/**
 * The folder for the app's state, an absolute path: `$XDG_STATE_HOME/loopkey/<app>` or `~/.local/state/loopkey/<app>`; on
 * macOS `~/Library/Application Support/loopkey/<app>`; on Windows `%LOCALAPPDATA%\loopkey\<app>`. Creates nothing.
 *
 * Named by {@link systemName}: no two names share a folder, whether or not case counts.
 *
 * Throws a TypeError for an empty name, and an Error (code `folder_unavailable`) when there is no home.
 */
export function stateFolder(appName: string, options: StateFolderOptions = {}): string {
  if (typeof appName !== "string" || appName.trim() === "" || /\p{Cs}/u.test(appName)) {
    throw new TypeError('appName is empty or is no text. Write the app\'s name, such as "Example Notes".');
  }
  return folderNamed(systemName(appName), options);
}

/** The folder of this name, where every app has one. */
export function folderNamed(name: string, options: StateFolderOptions = {}): string {
  const { env = process.env, platform = process.platform, home } = options;
  const paths = platform === "win32" ? win32 : posix;
  // A relative path is as good as none (XDG Base Directory Specification): it would follow the working directory.
  const absolute = (path: string | undefined): string | undefined =>
    path !== undefined && paths.isAbsolute(path) ? path : undefined;
  const homeOrThrow = (): string => {
    const found = absolute(home) ?? homeFolder({ env, platform });
    if (found !== undefined) return found;
    throw folderFailure("folder_unavailable", "There is no home to keep the app's state in.", {
      hint:
        `Set ${homeVariable(platform)} to a folder of your own, as an absolute path` +
        (platform === "linux" ? ", or XDG_STATE_HOME." : "."),
    });
  };
  if (platform === "win32") {
    return paths.join(
      absolute(env["LOCALAPPDATA"]) ?? paths.join(homeOrThrow(), "AppData", "Local"),
      OURS,
      name,
    );
  }
  if (platform === "darwin") return paths.join(homeOrThrow(), "Library", "Application Support", OURS, name);
  return paths.join(
    absolute(env["XDG_STATE_HOME"]) ?? paths.join(homeOrThrow(), ".local", "state"),
    OURS,
    name,
  );
}

/**
 * Creates the folder, and those above it, with mode 0700; one that is there stays as it is. On Windows the folder above
 * decides who may read it.
 *
 * Rejects with a PortError: `insecure_folder` when it is a symbolic link, belongs to another user, or gives rights to
 * others than its owner (`hint` holds the chmod to run), or when root would make it in another account's home;
 * `folder_unavailable` when it cannot be created.
 */
export async function ensurePrivateFolder(folder: string): Promise<void> {
  const found = await findOrCreate(folder);
  const insecure = (what: string, hint: string): PortError =>
    folderFailure("insecure_folder", `The folder ${folder} ${what}.`, { hint });

  if (found.isSymbolicLink()) {
    throw insecure(
      "is a link to another place",
      "Remove the link: a folder is created in its place. What is in the other place can be moved there.",
    );
  }
  if (!found.isDirectory()) {
    throw folderFailure("folder_unavailable", `${folder} is not a folder.`, {
      hint: "Move it away: a folder is created in its place.",
    });
  }
  // Windows has no owners, and its modes are made up.
  const user = process.geteuid?.();
  if (user === undefined) return;
  if (found.uid !== user) {
    throw insecure(
      "belongs to another user",
      `Run the app as the user with the id ${found.uid}, not with sudo, or move the folder away.`,
    );
  }
  const mode = found.mode & 0o777;
  if ((mode & 0o077) !== 0) {
    throw insecure(
      `is open to other users (mode ${mode.toString(8).padStart(4, "0")})`,
      `Run: chmod 700 ${shellWord(folder)}`,
    );
  }
}

async function findOrCreate(folder: string): Promise<Stats> {
  try {
    return await lstat(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw unavailable(folder, error);
  }
  const place = placeOfAnother(folder);
  if (place) {
    throw folderFailure(
      "insecure_folder",
      `The folder ${folder} is not made: ${place.folder} belongs to another user.`,
      { hint: `${hintOfPlace(place)} For root itself set ${homeVariables()} to a folder of root's own.` },
    );
  }
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // Looked at again: another process may have been faster, with something else.
    return await lstat(folder);
  } catch (error) {
    throw unavailable(folder, await whyNotMade(folder, error));
  }
}

function homeVariables(): string {
  return process.platform === "linux" ? "HOME, or XDG_STATE_HOME," : homeVariable();
}

/** Node says of a read-only disk that the folder is not there: the nearest one that is tells the reason. */
async function whyNotMade(folder: string, said: unknown): Promise<unknown> {
  if ((said as NodeJS.ErrnoException).code !== "ENOENT") return said;
  try {
    await access(folder, constants.W_OK);
    return said;
  } catch (error) {
    const above = dirname(folder);
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT" && above !== folder;
    return isMissing ? whyNotMade(above, said) : error;
  }
}

function unavailable(folder: string, cause: unknown): PortError {
  const code = (cause as NodeJS.ErrnoException).code;
  const why = code === undefined ? "" : ` (${code})`;
  return folderFailure("folder_unavailable", `The folder ${folder} cannot be used${why}.`, {
    hint:
      `The system said: ${cause instanceof Error ? cause.message : String(cause)}. Make the folder above it one that ` +
      "you can write to" +
      (process.platform === "linux" ? ", or set XDG_STATE_HOME to another place." : "."),
    cause,
  });
}

function folderFailure(
  code: FolderFailureCode,
  message: string,
  { hint, cause }: { readonly hint: string; readonly cause?: unknown },
): PortError {
  return Object.assign(new Error(message, cause === undefined ? {} : { cause }), { code, hint });
}

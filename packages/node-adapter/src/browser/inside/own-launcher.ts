// The person's own xdg-open: in a container (distrobox, toolbox) or a remote editor's terminal it opens the browser outside.
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import type { Environment } from "../../ground/environment.js";

/** In the head of the xdg-open that distributions bring, which is no better than the one that is asked anyway. */
const OF_XDG_UTILS = /^# +(xdg-open$|Utility script to open a URL)/m;
const HEAD_BYTES = 2_048;

/** Its path; undefined where the first one in PATH is that of the distribution, or there is none. */
export function ownXdgOpen(env: Environment, platform: string): string | undefined {
  if (platform === "win32" || platform === "darwin") return undefined;
  const path = (env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .map((folder) => join(folder, "xdg-open"))
    .find(isProgram);
  return path === undefined || OF_XDG_UTILS.test(headOf(path)) ? undefined : path;
}

export function isProgram(path: string): boolean {
  try {
    const stats = statSync(path);
    // Windows has no such mode: what a file is, its name says.
    return stats.isFile() && (process.platform === "win32" || (stats.mode & 0o111) !== 0);
  } catch {
    return false;
  }
}

function headOf(path: string): string {
  const buffer = Buffer.alloc(HEAD_BYTES);
  try {
    const file = openSync(path, "r");
    try {
      return buffer.toString("latin1", 0, readSync(file, buffer, 0, HEAD_BYTES, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    // A program that may be run and not read.
    return "";
  }
}

// What of ours lies in the folders of whoever runs the tests: a test keeps its own elsewhere, and leaves nothing there.
import { readdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const OURS = "loopkey";

/** State and profiles, as the packages have it by default. */
function folders(): readonly string[] {
  const { env, platform } = process;
  const home = homedir();
  if (platform === "win32") return [env["LOCALAPPDATA"], env["APPDATA"]].flatMap((folder) => folder ?? []);
  if (platform === "darwin") return [join(home, "Library", "Application Support")];
  return [
    env["XDG_STATE_HOME"] || join(home, ".local", "state"),
    env["XDG_CONFIG_HOME"] || join(home, ".config"),
  ];
}

/** Its files, each with when it was written last. */
export function filesOfOurs(): ReadonlyMap<string, number> {
  const found = folders().flatMap((folder) => filesIn(join(folder, OURS)));
  return new Map(found.flatMap((file) => writtenAt(file)));
}

/** Those that are new, or written since. */
export function leftSince(before: ReadonlyMap<string, number>): readonly string[] {
  return [...filesOfOurs()].flatMap(([file, at]) => (before.get(file) === at ? [] : [file])).toSorted();
}

function filesIn(folder: string): readonly string[] {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    return entries.flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []));
  } catch {
    return [];
  }
}

function writtenAt(file: string): readonly [string, number][] {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats ? [[file, stats.mtimeMs]] : [];
}

// The past of a session in a file beside its lock, a step a line, written by all processes of the app and profile.
import { constants, renameSync, statSync, type Stats } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { HistoryEntry, Journal } from "@loopkey/core";
import { systemName } from "../ground/system-name.js";
import { withFile } from "../ground/with-file.js";
import { readPrivateFile } from "../private-files/file.js";
import { ensurePrivateFolder, stateFolder, type StateFolderOptions } from "../private-files/folder.js";
import { fromLines, toLine } from "./inside/line.js";

export interface JournalOptions extends StateFolderOptions {
  /** The file is `<profile>.journal` in the app's state folder, as {@link systemName} writes the profile. */
  readonly appName: string;
  /** 1 to 64 of `A-Z a-z 0-9 . _ -`. @default "default" */
  readonly profile?: string;
  /** Bytes; a file that has grown beyond becomes the one before, in place of that. @default 65_536 */
  readonly limit?: number;
}

/**
 * A journal in two files of at most 64 KB and a few lines each, `<profile>.journal` and `<profile>.journal.before`: some hundred
 * sign-ins and refreshes. Mode 0600, in a folder of mode 0700; a file that is a link, somebody else's or open to others is neither
 * written nor read. Steps that come together are one write, in one piece and after whatever others write; it is not synced to disk,
 * and a line that a crash has torn is left out. Nothing is opened before the first call, and nothing stays open.
 */
export function createJournal(options: JournalOptions): Journal {
  const { appName, profile = "default", limit = 64 * 1024, ...where } = options;
  const { platform = process.platform } = where;
  // Found at each use: a machine without a home is no reason to fail before.
  const path = (): string => join(stateFolder(appName, where), `${systemName(profile)}.journal`);

  async function append(entries: readonly HistoryEntry[]): Promise<void> {
    const file = path();
    await ensurePrivateFolder(dirname(file));
    // Windows knows neither of the last two: undefined counts as 0.
    const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
    await withFile(file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, async (opened) => {
      const found = await opened.stat();
      if (!isPrivate(found, platform)) return;
      // What a crash has torn ends here, so that it takes no whole line with it.
      const { bytesWritten } = await opened.write(`\n${entries.map((entry) => toLine(entry)).join("")}`);
      if (found.size + bytesWritten > limit) rotate(file, limit);
    });
  }

  async function readOne(file: string): Promise<HistoryEntry[]> {
    const bytes = await readPrivateFile(file, { limit: 4 * limit, platform }).catch(() => null);
    return bytes === null ? [] : fromLines(bytes.toString("utf8"));
  }

  return {
    process: nameOfProcess(),
    append,
    async read() {
      const file = path();
      const both = await Promise.all([readOne(before(file)), readOne(file)]);
      // Not by time: a clock that was set would turn a story round.
      return both.flat();
    },
  };
}

function before(file: string): string {
  return `${file}.before`;
}

function isPrivate(found: Stats, platform: NodeJS.Platform): boolean {
  const user = process.geteuid?.();
  if (!found.isFile() || platform === "win32" || user === undefined) return found.isFile();
  return found.uid === user && (found.mode & 0o077) === 0;
}

/** Looked at once more, and renamed in the same turn: another process may have been faster, and its file is new. */
function rotate(file: string, limit: number): void {
  try {
    if (statSync(file).size > limit) renameSync(file, before(file));
  } catch {
    // The next write tries again.
  }
}

/** The program's file, and nothing of where it lies or what it was called with. */
function nameOfProcess(): string {
  const name = basename(process.argv[1] ?? process.execPath).replace(/\.[cm]?js$/, "");
  return `${/^[\w.-]{1,40}$/.test(name) ? name : "app"} (${process.pid})`;
}

// Windows: a `.bat` or `.cmd` as the browser. Windows starts programs only: such a file is read by cmd.exe, and Node refuses it.
import { win32 } from "node:path";
import type { Environment } from "../../ground/environment.js";
import type { BrowserCommand } from "./commands.js";

/** As CreateProcess sees it, which overlooks dots and spaces at the end. */
const BATCH_FILE = /\.(?:bat|cmd)[. ]*$/i;

export function isBatchFile({ program }: BrowserCommand, platform: string): boolean {
  return platform === "win32" && BATCH_FILE.test(program);
}

/** A program with arguments as they stand in its command line. */
export interface CmdCommand {
  readonly program: string;
  readonly args: readonly [string, ...string[]];
  readonly env: Environment;
}

const NAME = "LOOPKEY_BROWSER_";
/** What would end a quoted word of cmd's, or the line. */
// oxlint-disable-next-line no-control-regex
const UNQUOTABLE = /["\u0000-\u001f]/;

/**
 * How cmd.exe reads it, so that no word can be more than a word: each stands in a variable, in quotes. cmd puts variables in once,
 * before it looks for quotes, and does not look at what it has put in for a `%` again; in quotes `&`, `|`, `<`, `>` and `^` are letters. So
 * what must not be in a word is a quote. Throws where one is: a host may hold it (`https://a"b/`), and a server chooses the host.
 */
export function cmdCommand({ program, args }: BrowserCommand, env: Environment): CmdCommand {
  const words = [program, ...args];
  if (words.some((word) => UNQUOTABLE.test(word)))
    throw new Error("a quote in it, or in the URL, is more than a batch file can be given");
  const variables = Object.fromEntries(words.map((word, n) => [`${NAME}${n}`, word]));
  const line = words.map((_, n) => `"%${NAME}${n}%"`).join(" ");
  return {
    // By its whole path: a cmd.exe of the folder that this runs in is none of ours.
    program: win32.join(env["SystemRoot"] ?? String.raw`C:\Windows`, "System32", "cmd.exe"),
    // No AutoRun (/d), no `!name!` (/v:off), and of the quotes the outer ones only are taken off (/s).
    args: ["/d", "/v:off", "/s", "/c", `"${line}"`],
    env: { ...env, ...variables },
  };
}

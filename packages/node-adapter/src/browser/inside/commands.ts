// What the environment says about opening a browser: BROWSER, and whether there is a display.
import { basename } from "node:path";
import type { Environment } from "../../ground/environment.js";

/** A program and its arguments, started without a shell. */
export interface BrowserCommand {
  readonly program: string;
  readonly args: readonly string[];
}

/** A quoted part keeps its spaces and colons, also in the middle of a word: `--url="%s"`. */
const PART = /"([^"]*)"|'([^']*)'/g;
const WORD = /(?:"[^"]*"|'[^']*'|\S)+/g;
const ENTRY = /(?:"[^"]*"|'[^']*'|[^:])+/g;

/**
 * The commands that `BROWSER` names, in order; none when it is not set. As in xdg-open and Python's webbrowser it is a
 * list, separated by `:` (not on Windows, where paths hold one); `%s` stands for the URL, which is otherwise appended, `%%`
 * for a percent sign; an `&` at the end of a command is what happens anyway. Words are separated by spaces, and kept together
 * by single or double quotes; a path with spaces needs none where `isProgram` knows it. Nothing is expanded.
 */
export function browserCommands(
  browser: string | undefined,
  url: string,
  platform: string,
  isProgram: (path: string) => boolean = () => false,
): BrowserCommand[] {
  const entries = platform === "win32" ? [browser ?? ""] : ((browser ?? "").match(ENTRY) ?? []);
  return entries.flatMap((entry) => {
    const path = entry.trim();
    if (path.includes(" ") && isProgram(path)) return { program: path, args: [url] };
    const words = (path.replace(/\s+&$/, "").match(WORD) ?? []).map((word) =>
      word.replace(PART, (_, double?: string, single?: string) => double ?? single ?? ""),
    );
    const [program, ...args] = words;
    if (!program) return [];
    const takesUrl = args.some((arg) => arg.includes("%s"));
    // A function: in a replacement string, a "$&" of the URL would be expanded.
    const filled = args.map((arg) => arg.replace(/%[s%]/g, (what) => (what === "%s" ? url : "%")));
    return { program, args: takesUrl ? filled : [...filled, url] };
  });
}

/** They show their pages in the terminal, which is taken. `www-browser` is Debian's name for whichever is there. */
const TEXT_BROWSERS = new Set([
  "w3m",
  "lynx",
  "links",
  "links2",
  "elinks",
  "www-browser",
  "browsh",
  "carbonyl",
]);

export function isTextBrowser({ program }: BrowserCommand): boolean {
  return TEXT_BROWSERS.has(basename(program));
}

/** Whether a window can be shown. Where it cannot, xdg-open would start a text browser in the person's terminal. */
export function hasDisplay(env: Environment, platform: string): boolean {
  if (platform === "darwin" || platform === "win32" || platform === "android") return true;
  // WSL opens the browser of Windows.
  return ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "WSL_INTEROP"].some((name) => env[name]);
}

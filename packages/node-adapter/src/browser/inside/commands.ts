// What the environment says about opening a browser: BROWSER, and whether there is a display.
import type { Environment } from "../../ground/environment.js";

/** A program and its arguments, started without a shell. */
export interface BrowserCommand {
  readonly program: string;
  readonly args: readonly string[];
}

/**
 * The commands that `BROWSER` names, in order; none when it is not set. As in xdg-open and Python's webbrowser it is a
 * list, separated by `:` (not on Windows, where paths hold one); `%s` stands for the URL, which is otherwise appended.
 * Words are separated by spaces, and kept together by single or double quotes. Nothing is expanded.
 */
export function browserCommands(
  browser: string | undefined,
  url: string,
  platform: string,
): BrowserCommand[] {
  const entries = platform === "win32" ? [browser ?? ""] : (browser ?? "").split(":");
  return entries.flatMap((entry) => {
    const words = Array.from(
      entry.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g),
      ([, a, b, c]) => a ?? b ?? c ?? "",
    );
    const [program, ...args] = words;
    if (!program) return [];
    // split and join: in a replacement string, a "$&" of the URL would be expanded.
    const filled = args.map((arg) => arg.split("%s").join(url));
    return { program, args: entry.includes("%s") ? filled : [...args, url] };
  });
}

/** Whether a window can be shown. Where it cannot, xdg-open would start a text browser in the person's terminal. */
export function hasDisplay(env: Environment, platform: string): boolean {
  if (platform === "darwin" || platform === "win32" || platform === "android") return true;
  // WSL opens the browser of Windows.
  return ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "WSL_INTEROP"].some((name) => env[name]);
}

// Where a person's own folder is, for user ids without one as containers have them, too.
import { userInfo } from "node:os";
import { posix, win32 } from "node:path";
import type { Environment } from "./environment.js";

/** What Debian calls a home that is none: root could make it. */
const NO_HOME = "/nonexistent";

/** The variable that names it. */
export function homeVariable(platform: NodeJS.Platform = process.platform): "HOME" | "USERPROFILE" {
  return platform === "win32" ? "USERPROFILE" : "HOME";
}

/**
 * What the environment names, else what the system knows of this user id; undefined where there is neither. Always an absolute
 * path: a relative one would follow the working directory.
 */
export function homeFolder({
  env = process.env,
  platform = process.platform,
}: { readonly env?: Environment; readonly platform?: NodeJS.Platform } = {}): string | undefined {
  const paths = platform === "win32" ? win32 : posix;
  return [env[homeVariable(platform)], systemHome()].find(
    (path) => path !== undefined && paths.isAbsolute(path) && path !== NO_HOME,
  );
}

/** Not os.homedir(), which believes whatever HOME holds. */
function systemHome(): string | undefined {
  try {
    return userInfo().homedir;
  } catch {
    return undefined;
  }
}

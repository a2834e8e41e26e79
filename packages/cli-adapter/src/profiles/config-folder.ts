// Where this system keeps the configuration of a person's programs.
import { isAbsolute, join } from "node:path";
import { AuthError } from "@loopkey/core/light";
import { homeFolder, homeVariable } from "@loopkey/node-adapter";
import { PROFILE_FILE } from "../outcome/exit-codes.js";

export interface ConfigFolderOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** @default process.platform */
  readonly platform?: NodeJS.Platform;
  /** @default what the environment says, else the system */
  readonly home?: string;
}

/**
 * `XDG_CONFIG_HOME` wins on every platform. A relative one is ignored, as its specification says. Throws `invalid_config` where
 * there is neither that nor a home.
 */
export function configFolder(name: string, options: ConfigFolderOptions): string {
  const { env, platform = process.platform, home = homeFolder(options) } = options;
  const chosen = env["XDG_CONFIG_HOME"];
  if (chosen !== undefined && isAbsolute(chosen)) return join(chosen, name);
  if (home === undefined)
    throw new AuthError("invalid_config", "There is no home to keep profiles in.", {
      detail: PROFILE_FILE,
      hint: `Set ${homeVariable(platform)} to a folder of your own, as an absolute path, or XDG_CONFIG_HOME and XDG_STATE_HOME.`,
    });
  if (platform === "darwin") return join(home, "Library", "Application Support", name);
  if (platform === "win32") return join(env["APPDATA"] ?? join(home, "AppData", "Roaming"), name);
  return join(home, ".config", name);
}

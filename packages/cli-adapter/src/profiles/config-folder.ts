// Where this system keeps the configuration of a person's programs.
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

export interface ConfigFolderOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** @default process.platform */
  readonly platform?: NodeJS.Platform;
  /** @default os.homedir() */
  readonly home?: string;
}

/** `XDG_CONFIG_HOME` wins on every platform. A relative one is ignored, as its specification says. */
export function configFolder(name: string, options: ConfigFolderOptions): string {
  const { env, platform = process.platform, home = homedir() } = options;
  const chosen = env["XDG_CONFIG_HOME"];
  if (chosen !== undefined && isAbsolute(chosen)) return join(chosen, name);
  if (platform === "darwin") return join(home, "Library", "Application Support", name);
  if (platform === "win32") return join(env["APPDATA"] ?? join(home, "AppData", "Roaming"), name);
  return join(home, ".config", name);
}

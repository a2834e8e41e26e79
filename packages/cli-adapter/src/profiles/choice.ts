// Which profile is meant where the command line names none: LOOPKEY_PROFILE, else what `switch` chose, else "default".
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { AuthError } from "@loopkey/core/light";
import { replaceFile } from "@loopkey/node-adapter";
import { toProfileName } from "./files.js";

const DEFAULT_PROFILE = "default";

export interface ChoiceOptions {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const pathOf = (folder: string): string => join(folder, "current.json");

/** Rejects with `invalid_config` when it is no name. */
export async function chosenProfile({ folder, env }: ChoiceOptions): Promise<string> {
  const named = env["LOOPKEY_PROFILE"];
  if (named !== undefined && named !== "") return toProfileName(named);
  let text: string;
  try {
    text = await readFile(pathOf(folder), "utf8");
  } catch {
    return DEFAULT_PROFILE;
  }
  try {
    const { profile } = JSON.parse(text) as { readonly profile: unknown };
    if (typeof profile !== "string") throw new TypeError("It has no profile.");
    return toProfileName(profile);
  } catch (error) {
    throw new AuthError("invalid_config", `The file ${pathOf(folder)} cannot be used: it names no profile.`, {
      detail: "profile_file",
      hint: 'Delete it, or run "loopkey switch NAME".',
      cause: error,
    });
  }
}

export async function choose(folder: string, profile: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await replaceFile(pathOf(folder), Buffer.from(`${JSON.stringify({ v: 1, profile })}\n`), process.platform);
}

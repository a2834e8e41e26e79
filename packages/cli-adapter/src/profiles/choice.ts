// Which profile is meant where the command line names none: LOOPKEY_PROFILE, else what `switch` chose, else "default".
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AuthError } from "@loopkey/core/light";
import { replaceFile } from "@loopkey/node-adapter";
import { PROFILE_FILE } from "../outcome/exit-codes.js";
import { toProfileName } from "./files.js";
import { notSaved, readyFolder } from "./own-folder.js";

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
  } catch (error) {
    // A choice that is there and cannot be read is not the same as none: another account's session would be used.
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return DEFAULT_PROFILE;
    throw unusable(folder, message, error);
  }
  try {
    const { profile } = JSON.parse(text) as { readonly profile: unknown };
    if (typeof profile !== "string") throw new TypeError("It has no profile.");
    return toProfileName(profile);
  } catch (error) {
    throw unusable(folder, "it names no profile", error);
  }
}

function unusable(folder: string, why: string, cause: unknown): AuthError {
  return new AuthError("invalid_config", `The file ${pathOf(folder)} cannot be used: ${why}.`, {
    detail: PROFILE_FILE,
    hint: 'Delete it, or run "loopkey switch NAME".',
    cause,
  });
}

/** Rejects with why it could not be kept. */
export async function choose(folder: string, profile: string): Promise<void> {
  const text = `${JSON.stringify({ v: 1, profile })}\n`;
  try {
    await readyFolder(folder);
    await replaceFile(pathOf(folder), Buffer.from(text), process.platform);
  } catch (error) {
    throw notSaved(error as Error, "The choice could not be saved", "try again");
  }
}

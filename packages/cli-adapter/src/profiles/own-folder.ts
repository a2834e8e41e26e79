// Where something is written for the person: never as root in a folder of theirs, which would keep them out of it.
import { mkdir } from "node:fs/promises";
import { AuthError } from "@loopkey/core/light";
import { hintOfPlace, homeVariable, placeOfAnother } from "@loopkey/node-adapter";
import { PROFILE_FILE } from "../outcome/exit-codes.js";

const ELSEWHERE = `For root itself set ${homeVariable()}, or XDG_CONFIG_HOME and XDG_STATE_HOME, to a folder of root's own.`;

/** Throws `invalid_config` where this is root, and `path` is in another account's place. `otherwise`: what else can be done. */
export function refuseAnothersPlace(path: string, otherwise = ELSEWHERE): void {
  const place = placeOfAnother(path);
  if (!place) return;
  const where = place.folder === path ? `${path}, which` : `${path}: ${place.folder}`;
  const message = `Nothing is written to ${where} belongs to another user.`;
  throw new AuthError("invalid_config", message, {
    detail: PROFILE_FILE,
    hint: `${hintOfPlace(place)} ${otherwise}`,
  });
}

/** Made where it is missing. */
export async function readyFolder(folder: string): Promise<void> {
  refuseAnothersPlace(folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
}

/** What the system threw, with what to do; what says that already stays as it is. */
export function notSaved(error: Error, what: string, then = "run login again"): AuthError {
  if (error instanceof AuthError) return error;
  return new AuthError("invalid_config", `${what}: ${error.message}.`, {
    detail: PROFILE_FILE,
    hint: `Make the folder writable, or set XDG_CONFIG_HOME to one that is, and ${then}.`,
    cause: error,
  });
}

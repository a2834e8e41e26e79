// What `login` remembers: a file a profile, without secrets. A file that is not understood is never written over.
import { constants } from "node:fs";
import { access, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AuthError } from "@loopkey/core/light";
import { replaceFile, systemName } from "@loopkey/node-adapter";
import { PROFILE_FILE } from "../outcome/exit-codes.js";
import { notSaved, readyFolder, refuseAnothersPlace } from "./own-folder.js";
import { readProfile, type Profile } from "./profile.js";

const VERSION = 1;

export interface Profiles {
  /** Undefined when nobody has signed in with this profile. Rejects with what is wrong with its file. */
  read(name: string): Promise<Profile | undefined>;
  /** Rejects when it could not be written: asked before a browser opens. */
  probe(): Promise<void>;
  write(name: string, profile: Profile): Promise<void>;
  /** What is wrong with a file, for what only others can find out about its values. */
  unusable(name: string, cause: Error): AuthError;
}

/** The name of a profile. Throws `invalid_config` with what a name is made of. */
export function toProfileName(name: string): string {
  if (/^[A-Za-z0-9._-]{1,64}$/.test(name)) return name;
  throw new AuthError(
    "invalid_config",
    `${JSON.stringify(name.slice(0, 80))} is no name of a profile: use 1 to 64 letters, digits, ".", "_" and "-".`,
    { detail: "profile" },
  );
}

/**
 * `folder` need not exist yet; it is asked for at the first need, and may throw. Where case does not count, "work" and "WORK" have a file each all the same. The first versions
 * named some files otherwise: those are read until the next `write`, which deletes them.
 *
 * `platform`: `win32` waits for who reads the file while it is replaced. @default process.platform
 */
export function createProfiles(folder: () => string, platform: NodeJS.Platform = process.platform): Profiles {
  // No folder of its own, no bare name: "CON.json" is no file on Windows.
  const pathOf = (name: string): string => join(folder(), `profile-${systemName(name)}.json`);
  const earlierPathOf = (name: string): string | undefined =>
    systemName(name) === name ? undefined : join(folder(), `profile-${name}.json`);

  /** Another profile's file, which a system without case gives for it, is none. */
  async function readEarlier(name: string): Promise<Profile | undefined> {
    const path = earlierPathOf(name);
    const text = path === undefined ? undefined : await readText(path);
    return text === undefined || ownerOf(text) !== name ? undefined : decode(text, name, path!);
  }

  return {
    async read(name) {
      const path = pathOf(name);
      const text = await readText(path);
      return text === undefined ? readEarlier(name) : decode(text, name, path);
    },
    async probe() {
      refuseAnothersPlace(folder());
      const error = await whyNotWritable(folder());
      if (error) throw notSaved(error, "The profile could not be saved");
    },
    async write(name, profile) {
      const text = `${JSON.stringify({ v: VERSION, profile: name, ...profile }, null, 2)}\n`;
      try {
        await readyFolder(folder());
        await replaceFile(pathOf(name), Buffer.from(text), platform);
      } catch (error) {
        throw notSaved(error as Error, "You are signed in, but the profile could not be saved");
      }
      // It counts no more, whether or not it can be deleted.
      if (await readEarlier(name).catch(() => undefined)) {
        await rm(earlierPathOf(name)!, { force: true }).catch(() => {});
      }
    },
    unusable: (name, cause) => unusable(pathOf(name), cause.message.replace(/\.$/, ""), cause),
  };
}

/** Looks at the nearest folder that is there, and creates nothing. */
async function whyNotWritable(folder: string): Promise<Error | undefined> {
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT" && dirname(folder) !== folder;
    return isMissing ? whyNotWritable(dirname(folder)) : (error as Error);
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unusable(path, (error as Error).message, error);
  }
}

/** Whose file it says it is; undefined for one that does not say. */
function ownerOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { readonly profile?: unknown } | null)?.profile;
  } catch {
    return undefined;
  }
}

function decode(text: string, name: string, path: string): Profile {
  let file: Readonly<Record<string, unknown>> | null;
  try {
    file = JSON.parse(text) as typeof file;
  } catch (error) {
    throw unusable(path, "it is not JSON", error);
  }
  if (typeof file !== "object" || file === null || Array.isArray(file))
    throw unusable(path, "it is not a JSON object");
  const { v, profile } = file;
  if (v !== VERSION) throw unusable(path, `its version is ${JSON.stringify(v)}, and this program knows 1`);
  if (profile !== name) throw unusable(path, `it is of the profile ${JSON.stringify(profile)}`);
  const found = readProfile(file);
  if (!found) throw unusable(path, "a member is missing or of the wrong type");
  return found;
}

function unusable(path: string, why: string, cause?: unknown): AuthError {
  return new AuthError("invalid_config", `The profile file ${path} cannot be used: ${why}.`, {
    detail: PROFILE_FILE,
    hint: "Correct it, or move it away and run login again.",
    cause,
  });
}

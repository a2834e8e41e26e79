// What `login` remembers: a file a profile, without secrets. A file that is not understood is never written over.
import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { access, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AuthError, type AuthConfig } from "@loopkey/core";
import { PROFILE_FILE } from "../outcome/exit-codes.js";

const VERSION = 1;

/** What it takes to use a session again. */
export interface Profile extends Required<Pick<AuthConfig, "clientId">> {
  readonly issuer: string;
  readonly scope?: string;
  readonly redirectUris?: readonly string[];
  readonly postLogoutRedirectUris?: readonly string[];
  /** The kind of store. */
  readonly store: string;
}

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

/** `folder` need not exist yet. */
export function createProfiles(folder: string): Profiles {
  // No folder of its own, no bare name: "CON.json" is no file on Windows.
  const pathOf = (name: string): string => join(folder, `profile-${name}.json`);

  return {
    async read(name) {
      const path = pathOf(name);
      const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return undefined;
        throw unusable(path, error.message, error);
      });
      return text === undefined ? undefined : decode(text, name, path);
    },
    async probe() {
      const error = await whyNotWritable(folder);
      if (error) throw notSaved(error, "The profile could not be saved");
    },
    async write(name, profile) {
      const path = pathOf(name);
      const temporary = `${path}.${randomUUID()}.tmp`;
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeThrough(
          temporary,
          `${JSON.stringify({ v: VERSION, profile: name, ...profile }, null, 2)}\n`,
        );
        await rename(temporary, path);
      } catch (error) {
        await rm(temporary, { force: true }).catch(() => {});
        throw notSaved(error as Error, "You are signed in, but the profile could not be saved");
      }
    },
    unusable: (name, cause) => unusable(pathOf(name), cause.message.replace(/\.$/, ""), cause),
  };
}

/** On disk before it takes the name: after a power cut there is the old file or the new one. */
async function writeThrough(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
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

function decode(text: string, name: string, path: string): Profile {
  let file: Partial<Record<keyof Profile | "v" | "profile", unknown>> | null;
  try {
    file = JSON.parse(text) as typeof file;
  } catch (error) {
    throw unusable(path, "it is not JSON", error);
  }
  if (typeof file !== "object" || file === null || Array.isArray(file))
    throw unusable(path, "it is not a JSON object");
  const { v, profile, issuer, clientId, scope, redirectUris, postLogoutRedirectUris, store } = file;
  if (v !== VERSION) throw unusable(path, `its version is ${JSON.stringify(v)}, and this program knows 1`);
  // Where file names ignore case, "Work" would find the file of "work".
  if (profile !== name) throw unusable(path, `it is of the profile ${JSON.stringify(profile)}`);
  const isWell =
    [issuer, clientId, store].every((value) => typeof value === "string") &&
    (scope === undefined || typeof scope === "string") &&
    [redirectUris, postLogoutRedirectUris].every((list) => list === undefined || isTextList(list));
  if (!isWell) throw unusable(path, "a member is missing or of the wrong type");
  return {
    issuer: issuer as string,
    clientId: clientId as string,
    store: store as string,
    ...(scope === undefined ? {} : { scope }),
    ...(redirectUris === undefined ? {} : { redirectUris: redirectUris as string[] }),
    ...(postLogoutRedirectUris === undefined
      ? {}
      : { postLogoutRedirectUris: postLogoutRedirectUris as string[] }),
  };
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

function unusable(path: string, why: string, cause?: unknown): AuthError {
  return new AuthError("invalid_config", `The profile file ${path} cannot be used: ${why}.`, {
    detail: PROFILE_FILE,
    hint: "Correct it, or move it away and run login again.",
    cause,
  });
}

function notSaved(error: Error, what: string): AuthError {
  return new AuthError("invalid_config", `${what}: ${error.message}.`, {
    detail: PROFILE_FILE,
    hint: "Make the folder writable, or set XDG_CONFIG_HOME to one that is, and run login again.",
    cause: error,
  });
}

// All profiles of this person, and what is noted of each.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { chosenProfile } from "./choice.js";
import { configFolder, type ConfigFolderOptions } from "./config-folder.js";
import { createProfiles } from "./files.js";
import { createNotes } from "./notes.js";

/** A profile, as it was noted when somebody last signed in, renewed the session or signed out. */
export interface ListedProfile {
  readonly profile: string;
  /** Whether it is the one that commands use which name none. */
  readonly isCurrent: boolean;
  /** Null where its file cannot be read. */
  readonly issuer: string | null;
  readonly clientId: string | null;
  readonly subject: string | null;
  /** As the server calls the person. */
  readonly name: string | null;
  /** The store that has the session, or the kind that was asked for. */
  readonly store: string | null;
  /** Epoch milliseconds. */
  readonly signedInAt: number | null;
  /** `signed_in`, `refreshed`, or the code of an AuthError such as `session_ended`; `at` in epoch milliseconds. */
  readonly lastOutcome: { readonly code: string; readonly at: number } | null;
}

/** Names alone, in the order of the alphabet. */
export async function profileNames(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder).catch(() => []);
  const found = await Promise.all(
    files
      .filter((file) => file.startsWith("profile-") && file.endsWith(".json"))
      .map((file) => nameIn(join(folder, file))),
  );
  return [...new Set(found.flat())].toSorted((a, b) => a.localeCompare(b));
}

/**
 * The profiles that `loopkey login` has remembered, as `loopkey list` shows them: for an app that shares its session with the
 * command line. Opens no store and asks no network: it is what was noted then, and may have changed since.
 *
 * Rejects with `invalid_config` when `LOOPKEY_PROFILE` is no name of a profile.
 *
 * @example
 * ```ts
 * import { listProfiles } from "@loopkey/cli-adapter/profiles";
 *
 * for (const { profile, subject, issuer } of await listProfiles()) console.log(profile, subject, issuer);
 * ```
 */
export async function listProfiles(
  options: Partial<ConfigFolderOptions> = {},
): Promise<readonly ListedProfile[]> {
  const { env = process.env } = options;
  const folder = configFolder("loopkey", { ...options, env });
  const current = await chosenProfile({ folder, env });
  const [profiles, notes] = [createProfiles(() => folder), createNotes(() => folder)];
  return Promise.all(
    (await profileNames(folder)).map(async (profile) => {
      const remembered = await profiles.read(profile).catch(() => undefined);
      const note = await notes.read(profile);
      return {
        profile,
        isCurrent: profile === current,
        issuer: remembered?.issuer ?? null,
        clientId: remembered?.clientId ?? null,
        subject: note.subject ?? null,
        name: note.name ?? null,
        store: note.store ?? remembered?.store ?? null,
        signedInAt: note.signedInAt ?? null,
        lastOutcome: note.lastOutcome ?? null,
      };
    }),
  );
}

async function nameIn(path: string): Promise<readonly string[]> {
  try {
    const { profile } = JSON.parse(await readFile(path, "utf8")) as { readonly profile?: unknown };
    return typeof profile === "string" ? [profile] : [];
  } catch {
    return [];
  }
}

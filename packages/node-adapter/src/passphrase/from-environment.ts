// Where the secret of an encrypted file comes from, when the app does not say: the environment.
import type { Environment } from "../ground/environment.js";
import { fileFailure } from "../private-files/failures.js";
import { readPassphrase } from "./inside/descriptor.js";
import { readKeyFile } from "./inside/key-file.js";
import type { SecretSource } from "./secret.js";

const VARIABLES = ["LOOPKEY_PASSPHRASE", "LOOPKEY_PASSPHRASE_FD", "LOOPKEY_KEY_FILE"] as const;
type Variable = (typeof VARIABLES)[number];

// A passphrase is taken out of the environment, and a descriptor can be read once: what was found is kept for the stores
// of this process that are made later.
const taken = new WeakMap<Environment, Partial<Record<Variable, SecretSource>>>();

/**
 * The secret that the environment names, or undefined when it names none; an empty variable counts as none.
 *
 * - `LOOPKEY_PASSPHRASE`: the passphrase itself.
 * - `LOOPKEY_PASSPHRASE_FD`: the number of a file descriptor that holds it: 0, or 3 and up. Read at the first need, up to
 *   the first line break or the end, and closed.
 * - `LOOPKEY_KEY_FILE`: path of a file with 32 bytes, as such, in hexadecimal or in base64. Only the user may have rights
 *   to it (0600 or less, not checked on Windows).
 *
 * The first two are **deleted from `env`**, so that no program that this process starts (the browser is one) inherits them;
 * what started this process still sees them. An app that starts itself again passes them on, or uses a key file. Several
 * at once are refused at the first need (`secret_unusable`): which one a file was written with would be a guess.
 *
 * @param env @default process.env
 */
export function secretFromEnvironment(env: Environment = process.env): SecretSource | undefined {
  const sources = { ...taken.get(env) };
  for (const name of VARIABLES) {
    const value = env[name];
    if (value === undefined || value === "") continue;
    sources[name] = SOURCES[name](value);
    if (name !== "LOOPKEY_KEY_FILE") Reflect.deleteProperty(env, name);
  }
  // A path stays in the environment, and counts only as long as it does.
  if (!env["LOOPKEY_KEY_FILE"]) delete sources.LOOPKEY_KEY_FILE;
  taken.set(env, sources);
  const [first, ...others] = Object.entries(sources);
  if (first === undefined) return undefined;
  if (others.length === 0) return first[1];
  return async () => {
    throw severalSecrets(Object.keys(sources));
  };
}

/** Sentences that stand by themselves, the simplest way first: a command line prints each on a line of its own. */
export const noSecretHint =
  "Set LOOPKEY_PASSPHRASE to a passphrase, the same each time: an encrypted file keeps the session then. Or set " +
  "LOOPKEY_PASSPHRASE_FD to a file descriptor to read it from, or LOOPKEY_KEY_FILE to a file with a key " +
  (process.platform === "win32" ? "(32 random bytes)." : "(openssl rand -hex 32, mode 0600).");

/** For a store that nobody gave a secret: says what to set. */
export function withoutSecret(): SecretSource {
  return async () => {
    throw fileFailure("no_secret", "There is no passphrase or key for the encrypted file.", {
      hint: noSecretHint,
    });
  };
}

const SOURCES: Readonly<Record<Variable, (value: string) => SecretSource>> = {
  LOOPKEY_PASSPHRASE: (passphrase) => async () => ({ passphrase }),
  LOOPKEY_PASSPHRASE_FD: (number) => {
    let read: Promise<string> | undefined;
    // A failure is kept too: once it is closed, the number may be that of another file.
    return async () => ({ passphrase: await (read ??= readPassphrase(number)) });
  },
  LOOPKEY_KEY_FILE: (path) => async () => ({ key: await readKeyFile(path) }),
};

function severalSecrets(names: readonly string[]): Error {
  return fileFailure("secret_unusable", `${names.join(" and ")} are set, and only one may be.`, {
    hint: "Unset all but the one that the encrypted file was written with.",
  });
}

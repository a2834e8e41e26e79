// The key of an encrypted file, from a passphrase or a key, and kept so that scrypt runs once and not at every save.
import { createSecretKey, hkdf, scrypt, type KeyObject, type ScryptOptions } from "node:crypto";
import { promisify } from "node:util";
import { KEY_LENGTH, type FileSecret, type SecretSource } from "../../passphrase/secret.js";
import { fileFailure } from "../../private-files/failures.js";
import { newRecipe, recipeId, type KeyRecipe } from "./format.js";

const PURPOSE = "loopkey encrypted-file v1";

interface RecipeKey {
  readonly recipe: KeyRecipe;
  readonly key: KeyObject;
}

export interface FileKeys {
  /** The key for a file that asks for this. Rejects when the secret given is of the other kind. */
  forRecipe(recipe: KeyRecipe): Promise<RecipeKey>;
  /** The key to write with: that of the file as it was last opened or written, else one with a new salt. */
  forWriting(): Promise<RecipeKey>;
  /** It did not open: whoever gives the secret is asked again. */
  refused(): void;
}

export function createFileKeys(secret: SecretSource): FileKeys {
  let given: Promise<FileSecret> | undefined;
  let last: { readonly id: string; readonly key: Promise<RecipeKey> } | undefined;

  function ask(): Promise<FileSecret> {
    given ??= Promise.resolve()
      .then(secret)
      .catch(notGiven)
      .then(checkSecret)
      .catch((error: unknown) => {
        given = undefined;
        throw error;
      });
    return given;
  }

  function derived(recipe: KeyRecipe): Promise<RecipeKey> {
    const id = recipeId(recipe);
    if (last?.id === id) return last.key;
    const key = ask().then(async (known) => ({ recipe, key: await derive(known, recipe) }));
    last = { id, key };
    key.catch(() => {
      if (last?.key === key) last = undefined;
    });
    return key;
  }

  return {
    forRecipe: derived,
    async forWriting() {
      return last?.key ?? derived(newRecipe("key" in (await ask()) ? "key" : "passphrase"));
    },
    refused() {
      given = undefined;
      last = undefined;
    },
  };
}

async function derive(secret: FileSecret, recipe: KeyRecipe): Promise<KeyObject> {
  if ("key" in secret) {
    if (recipe.from !== "key") throw otherKind("a passphrase", "a key");
    return createSecretKey(
      Buffer.from(await stretch("sha256", secret.key, recipe.salt, PURPOSE, KEY_LENGTH)),
    );
  }
  if (recipe.from !== "passphrase") throw otherKind("a key", "a passphrase");
  const { logN, r, p, salt } = recipe;
  // The same words typed on another keyboard or system are the same bytes.
  const words = secret.passphrase.normalize("NFKC");
  const N = 2 ** logN;
  return createSecretKey(await toughen(words, salt, KEY_LENGTH, { N, r, p, maxmem: 160 * N * r }));
}

const stretch = promisify(hkdf);
const toughen = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

function notGiven(error: unknown): never {
  if (error instanceof Error && "hint" in error) throw error;
  throw fileFailure("secret_unusable", "The passphrase or key for the encrypted file was not given.", {
    hint: `What asked for it said: ${error instanceof Error ? error.message : String(error)}.`,
    cause: error,
  });
}

function otherKind(written: string, given: string): Error {
  // The header is not proven at this point: it may be the damage that says so.
  return fileFailure("wrong_key_or_damaged", `The file was written with ${written}, and ${given} is given.`, {
    hint: `Give ${written} as before, or move the file away and sign in again.`,
  });
}

function checkSecret(secret: FileSecret): FileSecret {
  if ("key" in secret) {
    if (secret.key instanceof Uint8Array && secret.key.length === KEY_LENGTH)
      return { key: secret.key.slice() };
    throw fileFailure("secret_unusable", `The key is not ${KEY_LENGTH} bytes long.`, {
      hint: "Make one with crypto.randomBytes(32).",
    });
  }
  if (typeof secret.passphrase === "string" && secret.passphrase !== "") return secret;
  throw fileFailure("secret_unusable", "The passphrase is empty.", {
    hint: "Give one of several words, or of 20 random characters.",
  });
}

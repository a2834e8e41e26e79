// The bytes of an encrypted file: a header in the clear, authenticated, then the record under AES-256-GCM.
import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from "node:crypto";

// Offset  Bytes
//      0      8  "LOOPKEY" and a zero byte
//      8      1  version: 1
//      9      1  where the key comes from: 1 scrypt of a passphrase, 2 HKDF-SHA-256 of a key
//     10      3  scrypt: log2 N, r, p; zeros with a key
//     13      3  zeros
//     16     16  salt
//     32     12  nonce, new for each write
//     44      n  the record in UTF-8, encrypted
//   44+n     16  tag, over the 44 bytes before the record and the record
const MAGIC = Buffer.from("LOOPKEY\0", "latin1");
const VERSION = 1;
const SALT = { at: 16, length: 16 } as const;
const NONCE = { at: 32, length: 12 } as const;
const HEADER_LENGTH = 44;
const TAG_LENGTH = 16;

/** In bytes. The core's records stay far below 64 KB; a larger file is not read into memory at all. */
export const LONGEST_RECORD = 1_048_576;
export const LONGEST_FILE = HEADER_LENGTH + LONGEST_RECORD + TAG_LENGTH;

/** Bytes of the file that a record of so many makes. */
export const sealedLength = (bytes: number): number => HEADER_LENGTH + bytes + TAG_LENGTH;

/** Where the file's key comes from. */
export type KeyRecipe =
  | {
      readonly from: "passphrase";
      readonly logN: number;
      readonly r: number;
      readonly p: number;
      readonly salt: Buffer;
    }
  | { readonly from: "key"; readonly salt: Buffer };

/**
 * What a new file asks of scrypt: 64 MiB and about 0.3 s. N = 2^16, r = 8, p = 2 is as hard to guess against as OWASP's
 * first choice (N = 2^17, p = 1), in half the memory: containers are small.
 */
const SCRYPT_COST = { logN: 16, r: 8, p: 2 } as const;

// What a file may ask for: whoever can write it must not be able to take all memory, or minutes. At most 128 MiB, and
// twice the work of a new file.
const SCRYPT_BOUNDS = { logN: [14, 17], r: 8, p: [1, 5], work: 2 ** 18 } as const;

export function newRecipe(from: KeyRecipe["from"]): KeyRecipe {
  const salt = randomBytes(SALT.length);
  return from === "key" ? { from, salt } : { from, ...SCRYPT_COST, salt };
}

/** The same for two files whose keys are the same under the same secret. */
export function recipeId(recipe: KeyRecipe): string {
  return headerOf(recipe).subarray(0, NONCE.at).toString("hex");
}

export function seal(record: string, recipe: KeyRecipe, key: KeyObject): Buffer {
  const header = headerOf(recipe);
  const nonce = randomBytes(NONCE.length);
  nonce.copy(header, NONCE.at);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_LENGTH });
  cipher.setAAD(header);
  return Buffer.concat([header, cipher.update(record, "utf8"), cipher.final(), cipher.getAuthTag()]);
}

/** The record, or undefined when key, header, record and tag do not belong together. */
export function unseal(file: Buffer, key: KeyObject): string | undefined {
  const nonce = file.subarray(NONCE.at, NONCE.at + NONCE.length);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_LENGTH });
  decipher.setAAD(file.subarray(0, HEADER_LENGTH));
  decipher.setAuthTag(file.subarray(-TAG_LENGTH));
  const record = decipher.update(file.subarray(HEADER_LENGTH, -TAG_LENGTH));
  try {
    return Buffer.concat([record, decipher.final()]).toString("utf8");
  } catch {
    return undefined;
  }
}

/** What the header asks for; or, as a text, why no file of this format says that. */
export function readRecipe(file: Buffer): KeyRecipe | string {
  if (file.length < HEADER_LENGTH + TAG_LENGTH) return "it is too short";
  if (file.length > LONGEST_FILE) return "it is too large";
  if (!file.subarray(0, MAGIC.length).equals(MAGIC)) return "it does not begin as one";
  const [version, kind, logN, r, p, ...rest] = file.subarray(MAGIC.length, SALT.at) as Iterable<number>;
  if (version !== VERSION) return `its version is ${version}, and this one knows ${VERSION}`;
  const salt = Buffer.from(file.subarray(SALT.at, SALT.at + SALT.length));
  const isPadded = rest.every((byte) => byte === 0);
  if (isPadded && kind === 2 && logN === 0 && r === 0 && p === 0) return { from: "key", salt };
  const cost = { logN: logN!, r: r!, p: p! };
  if (isPadded && kind === 1 && isAffordable(cost)) return { from: "passphrase", ...cost, salt };
  return "its parameters are not ones that are ever written";
}

function isAffordable({ logN, r, p }: Readonly<Record<"logN" | "r" | "p", number>>): boolean {
  const { logN: n, r: onlyR, p: parallel, work } = SCRYPT_BOUNDS;
  const isWithin = logN >= n[0] && logN <= n[1] && p >= parallel[0] && p <= parallel[1];
  return isWithin && r === onlyR && 2 ** logN * p <= work;
}

/** With zeros for the nonce. */
function headerOf(recipe: KeyRecipe): Buffer {
  const header = Buffer.alloc(HEADER_LENGTH);
  MAGIC.copy(header);
  const { logN, r, p } = recipe.from === "key" ? { logN: 0, r: 0, p: 0 } : recipe;
  header.set([VERSION, recipe.from === "key" ? 2 : 1, logN, r, p], MAGIC.length);
  recipe.salt.copy(header, SALT.at);
  return header;
}

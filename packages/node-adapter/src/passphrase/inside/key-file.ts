// Reads the key of an encrypted file from a file of its own.
import { constants, type Stats } from "node:fs";
import { open } from "node:fs/promises";
import { fileFailure } from "../../private-files/failures.js";
import { KEY_LENGTH } from "../secret.js";

const LONGEST_BYTES = 256;

/**
 * 32 bytes: the file's own, or written in hexadecimal or base64, white space around it aside. Rejects with
 * `secret_unusable`, without a word of what the file holds. Links are followed: containers mount secrets as links.
 */
export async function readKeyFile(
  path: string,
  platform: NodeJS.Platform = process.platform,
): Promise<Uint8Array> {
  const bytes = await readOwn(path, platform).catch((error: NodeJS.ErrnoException) => {
    if ("hint" in error) throw error;
    throw unusable(path, `cannot be read (${error.code ?? "unknown"})`, "Check the path and its rights.");
  });
  const key = decode(bytes);
  if (key?.length === KEY_LENGTH) return key;
  throw unusable(
    path,
    `does not hold a key of ${KEY_LENGTH} bytes, as such, in hexadecimal or in base64`,
    platform === "win32"
      ? "Write 32 random bytes to a file that only you can read."
      : "Make one with: (umask 077; openssl rand -hex 32 > loopkey.key)",
  );
}

async function readOwn(path: string, platform: NodeJS.Platform): Promise<Buffer> {
  // A pipe must not keep us waiting for a writer. Windows has no O_NONBLOCK: undefined counts as 0.
  const { O_RDONLY, O_NONBLOCK } = constants;
  const file = await open(path, O_RDONLY | O_NONBLOCK);
  try {
    refuseInsecure(path, await file.stat(), platform);
    const buffer = Buffer.alloc(LONGEST_BYTES);
    const { bytesRead } = await file.read(buffer, 0, LONGEST_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function decode(bytes: Buffer): Buffer | undefined {
  if (bytes.length === KEY_LENGTH) return bytes;
  const text = bytes.toString("latin1").trim();
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, "hex");
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return Buffer.from(text, "base64");
  return undefined;
}

function refuseInsecure(path: string, found: Stats, platform: NodeJS.Platform): void {
  if (!found.isFile()) throw unusable(path, "is not a file", "Name a file with a key.");
  const user = process.geteuid?.();
  if (platform === "win32" || user === undefined) return;
  const mode = found.mode & 0o777;
  if ((mode & 0o077) !== 0) {
    throw unusable(
      path,
      `is open to other users (mode ${mode.toString(8).padStart(4, "0")})`,
      "Others may have read the key. Make a new one, or run chmod 600 on it if you know that nobody has.",
    );
  }
  // The administrator mounts secrets.
  if (found.uid !== user && found.uid !== 0) {
    throw unusable(path, "belongs to another user", "Copy it to a file of your own, with mode 0600.");
  }
}

function unusable(path: string, what: string, hint: string): Error {
  return fileFailure("secret_unusable", `The key file ${path} ${what}.`, { hint });
}

// Reads a passphrase from a file descriptor: it stands in no environment and no argument list.
import { close, read } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { fileFailure } from "../../private-files/failures.js";

const LONGEST_BYTES = 4_096;
const RETRY_MS = 20;

/**
 * The text up to the first line break or the end, in UTF-8. Closes the descriptor, unless it is stdin. Rejects with
 * `secret_unusable` for what is no number of one, cannot be read, is empty, or is longer than 4,096 bytes.
 */
export async function readPassphrase(number: string): Promise<string> {
  const descriptor = /^\d{1,9}$/.test(number) ? Number(number) : Number.NaN;
  // 1 and 2 are this program's own output.
  if (!(descriptor === 0 || descriptor > 2)) {
    throw unusable("is no number of a descriptor to read: 0, or 3 and up");
  }
  let text: string;
  try {
    text = await readLine(descriptor);
  } catch (error) {
    throw unusable(`cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"})`);
  } finally {
    if (descriptor > 2) close(descriptor, () => {});
  }
  if (Buffer.byteLength(text) > LONGEST_BYTES) throw unusable(`holds more than ${LONGEST_BYTES} bytes`);
  if (text === "") throw unusable("holds nothing");
  return text;
}

async function readLine(descriptor: number): Promise<string> {
  const buffer = Buffer.alloc(LONGEST_BYTES + 2);
  let length = 0;
  while (length < buffer.length && !buffer.subarray(0, length).includes("\n")) {
    // oxlint-disable-next-line no-await-in-loop
    const count = await readSome(descriptor, buffer, length);
    if (count === 0) break;
    length += count;
  }
  const [line = ""] = buffer.toString("utf8", 0, length).split(/\r?\n/);
  buffer.fill(0);
  return line;
}

async function readSome(descriptor: number, buffer: Buffer, from: number): Promise<number> {
  try {
    const { bytesRead } = await promisify(read)(descriptor, buffer, from, buffer.length - from, null);
    return bytesRead;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EOF") return 0; // Windows says so of a pipe that has ended
    if (code !== "EAGAIN") throw error;
    // Somebody made it non-blocking, and the writer is not ready yet.
    await delay(RETRY_MS);
    return readSome(descriptor, buffer, from);
  }
}

function unusable(what: string): Error {
  return fileFailure("secret_unusable", `LOOPKEY_PASSPHRASE_FD ${what}.`, {
    hint: "Open one for this program, such as: LOOPKEY_PASSPHRASE_FD=3 my-app 3< passphrase.txt",
  });
}

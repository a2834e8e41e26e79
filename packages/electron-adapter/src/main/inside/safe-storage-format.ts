// The bytes of the file: what the key belongs to, in the clear, and what it has encrypted.
import * as v from "valibot";
import { safeStorageFailure, type KeyOwner } from "./safe-storage-cipher.js";

const name = v.pipe(v.string(), v.maxLength(1_000));
const sealed = v.object({ v: v.literal(1), app: name, backend: name, data: v.pipe(v.string(), v.base64()) });

export function writeSealed({ app, backend }: KeyOwner, data: Buffer): Buffer {
  return Buffer.from(JSON.stringify({ v: 1, app, backend, data: data.toString("base64") }));
}

/** Throws a PortError for what is none. */
export function readSealed(bytes: Buffer, path: string): { readonly owner: KeyOwner; readonly data: Buffer } {
  const { success, output } = v.safeParse(v.pipe(v.string(), v.parseJson(), sealed), bytes.toString("utf8"));
  if (success)
    return { owner: { app: output.app, backend: output.backend }, data: Buffer.from(output.data, "base64") };
  throw safeStorageFailure("unknown_format", `The file ${path} is no session of this version.`, {
    hint: "Use the newest version of the app, or move the file away and sign in again.",
  });
}

// The bytes of the file: what the key belongs to, in the clear, and what it has encrypted.
import * as v from "valibot";
import { safeStorageFailure, type KeyOwner } from "./safe-storage-cipher.js";

const name = v.pipe(v.string(), v.maxLength(1_000));
const sealed = v.object({ v: v.literal(1), app: name, backend: name, data: v.pipe(v.string(), v.base64()) });

/** What is encrypted: the record, and whose it is. Else a file would open in another profile's place. */
const opened = v.object({ app: name, profile: name, record: v.string() });

export interface Account {
  readonly appName: string;
  readonly profile: string;
}

export function toPlain({ appName, profile }: Account, record: string): string {
  return JSON.stringify({ app: appName, profile, record });
}

/** Throws a PortError for one that was put in this one's place. */
export function fromPlain({ appName, profile }: Account, plain: string, path: string): string {
  const { success, output } = v.safeParse(v.pipe(v.string(), v.parseJson(), opened), plain);
  if (success && output.app === appName && output.profile === profile) return output.record;
  throw safeStorageFailure(
    "other_session",
    success
      ? `The session in ${path} is that of the profile ${JSON.stringify(output.profile)} of ${JSON.stringify(output.app)}.`
      : `The session in ${path} does not say which profile it is of.`,
    { hint: "Put the file back where it belongs, or move it away and sign in again." },
  );
}

export function writeSealed({ app, backend }: KeyOwner, data: Buffer): Buffer {
  return Buffer.from(JSON.stringify({ v: 1, app, backend, data: data.toString("base64") }));
}

/** Room for a record of so many bytes: its quotes are escaped, a key's system adds some hundred bytes, and all is base64. */
export function sealedLength(bytes: number): number {
  return Math.ceil(((2 * bytes + 4_096) * 4) / 3) + 4_096;
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

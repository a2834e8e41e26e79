// Native parts that are assets of the executable: the system loads a library from a file only, so each is written to one, once.
import { createHash } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stateFolder } from "../private-files/folder.js";
import { placeOfAnother } from "../private-files/whose-place.js";
import type { NativeParts } from "../ground/native-parts.js";

export interface AssetOptions {
  /** As for `createNodePorts`: the files are kept in the folder of the app's state. */
  readonly appName: string;
  /** What the assets are called. @default { keyring: "keyring.node", locks: "locks.node" } */
  readonly assets?: Readonly<Record<keyof NativeParts, string>>;
}

/** As much of `node:sea` as is needed. */
interface Sea {
  isSea(): boolean;
  getRawAsset(name: string): ArrayBuffer;
}

/**
 * For `giveNativeParts`, in a single executable application of Node: the native parts, which are assets of it. Each is written to a
 * private folder of the app when it is needed and not there yet, under a name that is made of what is in it; one that was
 * changed there since is written anew. In a program that is no such executable the parts are looked for beside the packages.
 *
 * @example
 * ```ts
 * import { giveNativeParts } from "@loopkey/node-adapter";
 * import { nativePartsInAssets } from "@loopkey/node-adapter/single-executable";
 *
 * giveNativeParts(nativePartsInAssets({ appName: "Example Notes" }));
 * ```
 */
export function nativePartsInAssets({ appName, assets }: AssetOptions): NativeParts {
  const { keyring, locks } = assets ?? { keyring: "keyring.node", locks: "locks.node" };
  return { keyring: () => fileOf(appName, keyring), locks: () => fileOf(appName, locks) };
}

/** Undefined in a program that has no assets. */
function fileOf(appName: string, asset: string): string | undefined {
  const sea = process.getBuiltinModule("node:sea") as unknown as Sea | undefined;
  if (!sea?.isSea()) return undefined;
  const bytes = Buffer.from(sea.getRawAsset(asset));
  const folder = privateFolder(join(stateFolder(appName), "native"));
  const file = join(folder, `${createHash("sha256").update(bytes).digest("hex")}.node`);
  if (!holds(file, bytes)) write(file, bytes);
  return file;
}

function privateFolder(folder: string): string {
  const place = placeOfAnother(folder);
  if (place) throw new Error(`${place.folder} belongs to another user.`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  // Windows has neither owners nor modes.
  const user = process.geteuid?.();
  if (!found.isDirectory() || (user !== undefined && found.uid !== user))
    throw new Error(`${folder} is no folder of this user's own.`);
  if (user !== undefined && (found.mode & 0o077) !== 0) chmodSync(folder, 0o700);
  return folder;
}

function holds(file: string, bytes: Buffer): boolean {
  try {
    return lstatSync(file).isFile() && readFileSync(file).equals(bytes);
  } catch {
    return false;
  }
}

/** As a whole, or not at all: another process may be about to load it. */
function write(file: string, bytes: Buffer): void {
  const partial = `${file}.${process.pid}`;
  try {
    writeFileSync(partial, bytes, { mode: 0o600 });
    renameSync(partial, file);
  } finally {
    rmSync(partial, { force: true });
  }
}

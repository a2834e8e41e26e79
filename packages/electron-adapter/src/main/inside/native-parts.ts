// Native parts in a packed app: out of an asar they are copied to the temp folder at each start, and stay there.
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** What is looked at; in an asar Electron's `fs` sees into it. */
export interface PackedFiles {
  /** A package's main file, or undefined. */
  readonly resolve: (name: string) => string | undefined;
  readonly exists: (path: string) => boolean;
  readonly list: (folder: string) => readonly string[];
}

/** Throws an Error that says what to unpack, when a native part of ours is inside an asar only. `from`: a file of ours. */
export function checkNativeParts(from: string, files: PackedFiles = systemFiles(from)): void {
  const keyring = folderOf("@napi-rs/keyring", files);
  const locks = folderOf("fs-native-extensions", files);
  const folders = [
    // A package for each platform, beside the one that chooses.
    ...(keyring === undefined ? [] : childrenOf(dirname(keyring), "keyring-", files)),
    ...(locks === undefined ? [] : childrenOf(join(locks, "prebuilds"), `${process.platform}-`, files)),
  ];
  const packed = folders.find((folder) => {
    const [, archive, rest] = /^(.*?\.asar)([\\/].*)$/.exec(folder) ?? [];
    return archive !== undefined && rest !== undefined && !files.exists(`${archive}.unpacked${rest}`);
  });
  if (packed === undefined) return;
  throw new Error(
    `The native parts in ${packed} are packed: each start would leave a copy of them in the temp folder. ` +
      'Unpack them: asarUnpack: "**/*.node" in electron-builder, packagerConfig.asar: { unpack: "**/*.node" } in Electron Forge.',
  );
}

function childrenOf(folder: string, prefix: string, { list }: PackedFiles): readonly string[] {
  return list(folder)
    .filter((name) => name.startsWith(prefix))
    .map((name) => join(folder, name));
}

/** The folder of an installed package; undefined for one that is part of a bundle. */
function folderOf(name: string, { resolve }: PackedFiles): string | undefined {
  const path = resolve(name);
  const marker = `${sep}${join("node_modules", name)}${sep}`;
  const at = path?.lastIndexOf(marker) ?? -1;
  return at < 0 ? undefined : path!.slice(0, at + marker.length - 1);
}

function systemFiles(from: string): PackedFiles {
  const resolveFrom = (base: string, name: string): string | undefined => {
    try {
      return createRequire(base).resolve(name);
    } catch {
      return undefined;
    }
  };
  // They are the node adapter's, which may be the only one that finds them.
  const base = resolveFrom(from, "@loopkey/node-adapter/package.json") ?? fileURLToPath(from);
  return {
    resolve: (name) => resolveFrom(base, name),
    exists: existsSync,
    list: (folder) => (existsSync(folder) ? readdirSync(folder) : []),
  };
}

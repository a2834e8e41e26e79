import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkNativeParts, type PackedFiles } from "../../src/main/inside/native-parts.js";

const MODULES = join("/app", "resources", "app.asar", "node_modules");
const NATIVE = join(MODULES, "fs-native-extensions", "prebuilds", `${process.platform}-x64`);

/** An app whose archive has the packages, and beside it what was unpacked. */
function packed(unpacked: readonly string[], root = MODULES): PackedFiles {
  return {
    resolve: (name) => join(root, name, "index.js"),
    list: (folder) =>
      folder.endsWith("prebuilds")
        ? [`${process.platform}-x64`, "other-x64"]
        : ["keyring", "keyring-linux-x64-gnu"],
    exists: (path) => unpacked.includes(path),
  };
}

const beside = (path: string): string => path.replace("app.asar", "app.asar.unpacked");
const KEYRING = join(MODULES, "@napi-rs", "keyring-linux-x64-gnu");

describe("native parts in a packed app", () => {
  test("that lie beside the archive are well", () => {
    expect(() => checkNativeParts("file:///x", packed([beside(NATIVE), beside(KEYRING)]))).not.toThrow();
  });

  test.each([
    ["none is unpacked", []],
    ["the lock's is not", [beside(KEYRING)]],
    ["the keyring's is not", [beside(NATIVE)]],
  ])("a sentence says what to unpack when %s", (_, unpacked) => {
    expect(() => checkNativeParts("file:///x", packed(unpacked))).toThrow(/asarUnpack: "\*\*\/\*\.node"/);
  });

  test("in a folder nothing is looked for, nor when they are part of a bundle", () => {
    expect(() =>
      checkNativeParts("file:///x", packed([], join("/app", "resources", "app", "node_modules"))),
    ).not.toThrow();
    expect(() => checkNativeParts("file:///x", { ...packed([]), resolve: () => undefined })).not.toThrow();
    expect(() => checkNativeParts(import.meta.url)).not.toThrow();
  });
});

// The modules @loopkey/node-adapter/native/<system>: the native parts of one system, for `giveNativeParts`.
import { mkdirSync, writeFileSync } from "node:fs";

/** By the module's name, which begins with Node's platform and processor: the keyring's build for it. */
const KEYRINGS = {
  "linux-x64": "linux-x64-gnu",
  "linux-arm64": "linux-arm64-gnu",
  "linux-x64-musl": "linux-x64-musl",
  "linux-arm64-musl": "linux-arm64-musl",
  "darwin-x64": "darwin-x64",
  "darwin-arm64": "darwin-arm64",
  "win32-x64": "win32-x64-msvc",
  "win32-arm64": "win32-arm64-msvc",
};

/** CommonJS, so that a module runs in a program that is not packed, too; each part is loaded when it is needed. */
export function writeNativeModules(folder) {
  mkdirSync(folder, { recursive: true });
  for (const [system, keyring] of Object.entries(KEYRINGS)) {
    const locks = system.replace("-musl", "");
    writeFileSync(
      `${folder}/${system}.cjs`,
      `"use strict";
// By literal names, which a packer needs to see.
exports.keyring = () => require("@napi-rs/keyring-${keyring}/keyring.${keyring}.node");
exports.locks = () => require("fs-native-extensions/prebuilds/${locks}/fs-native-extensions.node");
`,
    );
    writeFileSync(
      `${folder}/${system}.d.cts`,
      `/** The addon of \`@napi-rs/keyring\` for ${system}. For \`giveNativeParts\` of \`@loopkey/node-adapter\`. */
export declare const keyring: () => unknown;
/** The addon of \`fs-native-extensions\`. */
export declare const locks: () => unknown;
`,
    );
  }
}

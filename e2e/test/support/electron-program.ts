// A real Electron, and what it needs beside it; or the words a skipped test says where one of them is missing.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CHROMIUM_IS_MISSING, chromiumPath } from "./programs.js";
import { missingForSecretService } from "./secret-service.js";

const script = fileURLToPath(new URL("../../../scripts/electron.mjs", import.meta.url));
const found = spawnSync(process.execPath, [script, "--find"], { encoding: "utf8" });

/** Of the program; undefined where there is none. */
export const electronPath = found.stdout.trim() || undefined;

export const missingForElectron: string | undefined = (() => {
  if (process.platform !== "linux") return "a virtual display is there on Linux only";
  if (electronPath === undefined)
    return `Electron is missing: node scripts/electron.mjs ${found.stderr.trim()}`.trim();
  if (!existsSync("/usr/bin/Xvfb")) return "Xvfb is missing: sudo apt-get install xvfb";
  return chromiumPath === undefined ? CHROMIUM_IS_MISSING : missingForSecretService;
})();

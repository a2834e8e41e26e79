// Whose D-Bus session the environment names: a bus that refuses another account hangs up without a word.
import { statSync } from "node:fs";
import type { Environment } from "../../ground/environment.js";
import { busSockets } from "./bus-address.js";

/** False where it cannot be told: on a bus without a file, and without users. */
export function isBusOfAnother(env: Environment = process.env): boolean {
  const user = process.geteuid?.();
  const [path] = busSockets(env);
  if (user === undefined || path === undefined || path.startsWith("\0")) return false;
  try {
    return statSync(path).uid !== user;
  } catch {
    return false;
  }
}

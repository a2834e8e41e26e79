// Whose D-Bus session the environment names: a bus that refuses another account hangs up without a word.
import { statSync } from "node:fs";
import type { Environment } from "../../ground/environment.js";

/** False where it cannot be told: on a bus without a file, and without users. */
export function isBusOfAnother(env: Environment = process.env): boolean {
  const user = process.geteuid?.();
  const { DBUS_SESSION_BUS_ADDRESS: address, XDG_RUNTIME_DIR: folder } = env;
  const path = address ? /^unix:(?:[^;]*,)?path=([^,;]+)/.exec(address)?.[1] : folder && `${folder}/bus`;
  if (user === undefined || path === undefined) return false;
  try {
    return statSync(decodeURIComponent(path)).uid !== user;
  } catch {
    return false;
  }
}

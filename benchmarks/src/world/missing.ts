// What a machine may lack, and the command that installs it.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const PROGRAMS: Readonly<Record<string, string>> = {
  "dbus-daemon": "dbus-x11",
  "dbus-monitor": "dbus",
  "dbus-send": "dbus-x11",
  "gnome-keyring-daemon": "gnome-keyring",
  openssl: "openssl",
};

/** Undefined when everything is there. */
export function whatIsMissing(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const missing = Object.keys(PROGRAMS).filter(
    (name) => !folders.some((folder) => existsSync(join(folder, name))),
  );
  if (missing.length === 0) return undefined;
  const packages = new Set(missing.map((name) => PROGRAMS[name]));
  return `missing: ${missing.join(", ")}: sudo apt-get install ${[...packages].join(" ")}`;
}

// What a machine may lack, and the words a skipped test says then.
import { existsSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { delimiter, join } from "node:path";

const candidates = [process.env["CHROMIUM"], "/usr/bin/chromium"];

/** Where Debian's Chromium is, or what the environment variable CHROMIUM names. */
export const chromiumPath = candidates.find((path) => path !== undefined && existsSync(path));

export const CHROMIUM_IS_MISSING = "chromium is missing: sudo apt-get install chromium";

export const hasIPv6Loopback = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === "::1"),
);

export const IPV6_IS_MISSING = "no IPv6 loopback on this machine";

/** Whether a program of this name can be run. */
export function hasProgram(name: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, name)));
}

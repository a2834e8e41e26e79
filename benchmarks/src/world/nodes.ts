// The versions of Node that are measured: the one that runs this, and Node 24 where it is installed.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

export interface NodeVersion {
  /** `20.20.2`. */
  readonly version: string;
  readonly path: string;
}

export function findNodes(): readonly NodeVersion[] {
  const own: NodeVersion = { version: process.versions.node, path: process.execPath };
  const path = node24();
  if (path === undefined) return [own];
  const version = execFileSync(path, ["--version"], { encoding: "utf8" }).trim().slice(1);
  return version.split(".", 1)[0] === own.version.split(".", 1)[0] ? [own] : [own, { version, path }];
}

/** It is an optional package of a workspace package of its own: elsewhere it would take the place of `node`. */
function node24(): string | undefined {
  const { resolve } = createRequire(new URL("../../node24/package.json", import.meta.url));
  try {
    const path = join(dirname(resolve("node24/package.json")), "bin", "node");
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

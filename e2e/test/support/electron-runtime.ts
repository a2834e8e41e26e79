// A copy of Electron with an app in it, as an installed app is one. Hard links: it costs no space and a few milliseconds.
import { copyFile, cp, link, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createPackageWithOptions } from "@electron/asar";
import { onTestFinished } from "vitest";
import { electronPath } from "./electron-program.js";

const cache = fileURLToPath(new URL("../../../node_modules/.cache/loopkey", import.meta.url));
const polyfills = fileURLToPath(new URL("../../electron/polyfills.cjs", import.meta.url));

export interface RuntimeOptions {
  /** A folder with a `package.json` that names its main file. */
  readonly app: string;
  /** `asar`: one file, with the native parts beside it. @default "folder" */
  readonly packed?: "folder" | "asar";
  /** Names of files that lie beside an archive. @default every native part */
  readonly unpack?: string;
}

/** Its program; gone when the test is finished. */
export async function installApp({
  app,
  packed = "folder",
  unpack = "*.node",
}: RuntimeOptions): Promise<string> {
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "run-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  await linkAll(dirname(electronPath!), folder);
  const resources = join(folder, "resources");
  const copy = join(packed === "folder" ? resources : folder, "app");
  await cp(app, copy, { recursive: true });
  await cp(polyfills, join(copy, "polyfills.cjs"));
  const manifest = JSON.parse(await readFile(join(copy, "package.json"), "utf8")) as {
    readonly main: string;
  };
  await writeFile(join(copy, "entry.cjs"), `require("./polyfills.cjs");\nrequire("./${manifest.main}");\n`);
  await writeFile(join(copy, "package.json"), JSON.stringify({ ...manifest, main: "entry.cjs" }));
  if (packed === "asar") {
    await createPackageWithOptions(copy, join(resources, "app.asar"), { unpack });
    await rm(copy, { recursive: true });
  }
  return join(folder, "electron");
}

async function linkAll(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await linkAll(source, target);
    // Another file system takes no link.
    else await link(source, target).catch(() => copyFile(source, target));
  }
}

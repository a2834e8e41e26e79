// The packages as a registry would have them: packed, and installed by npm in a folder of somebody else's.
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const packages = fileURLToPath(new URL("../../../packages", import.meta.url));

/** The tarballs of all packages, by name. They lie in `folder`. */
export async function packPackages(folder: string): Promise<Readonly<Record<string, string>>> {
  const names = await readdir(packages);
  const tarballs = await Promise.all(
    names.map(async (name) => {
      const { stdout } = await run("pnpm", ["pack", "--json", "--pack-destination", folder], {
        cwd: join(packages, name),
      });
      const { name: published, filename } = JSON.parse(stdout) as { name: string; filename: string };
      return [published, join(folder, filename.split("/").at(-1)!)] as const;
    }),
  );
  return Object.fromEntries(tarballs);
}

/** A folder below none that has `node_modules`: what a program finds there was installed there. */
export async function makeFolderOfItsOwn(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "loopkey-consumer-"));
  return { folder, remove: () => rm(folder, { recursive: true, force: true, maxRetries: 10 }) };
}

/** What somebody's `npm install` does; a package of ours that another of ours wants is the packed one too. */
export async function npmInstall(
  folder: string,
  manifest: { readonly dependencies: Readonly<Record<string, string>> } & Readonly<Record<string, unknown>>,
): Promise<void> {
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, ...manifest }, undefined, 2));
  const args = ["install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
  await run("npm", args, { cwd: folder, timeout: 240_000 });
}

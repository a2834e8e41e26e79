// This workspace as a Windows of its own would have it: the packages' sources and tests as they are, and what they depend on for Windows.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import {
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../", import.meta.url));

const PACKAGES = ["core", "node-adapter", "cli-adapter"];
const MANIFESTS = ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml"];

/** Makes it in a folder that is not there yet; what it depends on is kept in `cache`, by the lockfile. */
export async function createWorkspace(folder: string, cache: string): Promise<void> {
  const modules = join(await installed(cache), "node_modules");
  await mkdir(join(folder, "node_modules", "@loopkey"), { recursive: true });
  const names = (await readdir(modules)).filter((name) => name !== "@loopkey" && !name.startsWith("."));
  await Promise.all(names.map((name) => symlink(join(modules, name), join(folder, "node_modules", name))));
  await Promise.all([
    ...["package.json", "vitest.config.ts", "tsconfig.base.json", "scripts"].map((name) =>
      cp(join(root, name), join(folder, name), { recursive: true }),
    ),
    ...PACKAGES.map(async (name) => {
      const path = `packages/${name}`;
      const filter = (source: string): boolean => basename(source) !== "node_modules";
      await cp(join(root, path), join(folder, path), { recursive: true, filter });
      await symlink(join(folder, path), join(folder, "node_modules", "@loopkey", name));
    }),
  ]);
}

/** What the lockfile names, for Windows, flat: a Windows has no links that are made without asking. */
async function installed(cache: string): Promise<string> {
  const lockfile = await readFile(join(root, "pnpm-lock.yaml"));
  const place = join(cache, `modules-${createHash("sha256").update(lockfile).digest("hex").slice(0, 12)}`);
  if (existsSync(place)) return place;
  const work = await mkdtemp(join(cache, "installing-"));
  try {
    for (const name of MANIFESTS)
      // oxlint-disable-next-line no-await-in-loop
      await copyFile(join(root, name), join(work, name));
    const settings = await readFile(join(work, "pnpm-workspace.yaml"), "utf8");
    await writeFile(
      join(work, "pnpm-workspace.yaml"),
      `${settings}\nnodeLinker: hoisted\nsupportedArchitectures:\n  os: [win32]\n  cpu: [x64]\n`,
    );
    const { stdout } = await run("git", ["ls-files", "*/package.json"], { cwd: root });
    for (const path of stdout.trim().split("\n")) {
      // oxlint-disable-next-line no-await-in-loop
      await mkdir(join(work, dirname(path)), { recursive: true });
      // oxlint-disable-next-line no-await-in-loop
      await copyFile(join(root, path), join(work, path));
    }
    const { packageManager } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
      readonly packageManager: string;
    };
    const filters = ["loopkey", ...PACKAGES.map((name) => `@loopkey/${name}...`)];
    const options = filters.map((name) => `--filter=${name}`);
    const { npm_execpath: _, ...env } = process.env;
    await run("npx", ["--yes", packageManager, "install", "--frozen-lockfile", ...options], {
      cwd: work,
      env,
    });
    await rename(work, place).catch(async (error: NodeJS.ErrnoException) => {
      // Somebody else was done first.
      if (!existsSync(place)) throw error;
    });
    return place;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

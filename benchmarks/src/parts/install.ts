// What a person gets on disk: the packed packages, or a peer with a keyring, installed by npm into an empty folder.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Install } from "../run/results.js";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const BLOCK = 512;
const OWN = ["core", "node-adapter", "cli-adapter"];
const PEERS: readonly (readonly string[])[] = [
  ["openid-client"],
  ["openid-client", "@napi-rs/keyring"],
  ["oauth4webapi", "@napi-rs/keyring"],
  ["google-auth-library", "@napi-rs/keyring"],
  ["@azure/msal-node", "@napi-rs/keyring"],
  ["@modelcontextprotocol/client", "@napi-rs/keyring"],
];

/** `say` is told of each. */
export async function measureInstalls(say: (text: string) => void): Promise<readonly Install[]> {
  const folder = await mkdtemp(join(tmpdir(), "loopkey-install-"));
  try {
    const tarballs = await pack(folder);
    const { dependencies } = JSON.parse(
      await readFile(new URL("../../package.json", import.meta.url), "utf8"),
    ) as { dependencies: Record<string, string> };
    const wanted: readonly (readonly [name: string, what: readonly string[]])[] = [
      ["Loopkey (core, node-adapter)", tarballs.slice(0, 2)],
      ["Loopkey with the binary (and cli-adapter)", tarballs],
      ...PEERS.map(
        (names) => [names.join(" + "), names.map((name) => `${name}@${dependencies[name]}`)] as const,
      ),
    ];
    const installs: Install[] = [];
    for (const [name, what] of wanted) {
      // oxlint-disable-next-line no-await-in-loop
      installs.push(await measure(join(folder, `${installs.length}`), name, what));
      say(name);
    }
    return installs;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function pack(folder: string): Promise<string[]> {
  const packed = OWN.map(async (name) => {
    const { stdout } = await run("pnpm", ["pack", "--json", "--pack-destination", folder], {
      cwd: join(ROOT, "packages", name),
    });
    return (JSON.parse(stdout) as { readonly filename: string }).filename;
  });
  return Promise.all(packed);
}

async function measure(folder: string, name: string, what: readonly string[]): Promise<Install> {
  await mkdir(folder);
  await writeFile(join(folder, "package.json"), '{ "private": true }\n');
  await run("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", ...what], { cwd: folder });
  const lock = JSON.parse(await readFile(join(folder, "node_modules/.package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, object>>;
  };
  const files = await listFiles(join(folder, "node_modules"));
  const sum = (isOne: (path: string) => boolean): number =>
    files.reduce((total, { path, size }) => total + (isOne(path) ? size : 0), 0);
  return {
    name,
    packages: Object.keys(lock.packages).length,
    diskBytes: files.reduce((total, { diskSize }) => total + diskSize, 0),
    bytes: sum((path) => !path.endsWith(".package-lock.json")),
    mapBytes: sum((path) => path.endsWith(".map")),
    sourceBytes: sum((path) => /[/\\]@loopkey[/\\][^/\\]+[/\\]src[/\\]/.test(path)),
  };
}

interface InstalledFile {
  readonly path: string;
  readonly size: number;
  readonly diskSize: number;
}

async function listFiles(folder: string): Promise<readonly InstalledFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async ({ parentPath, name }) => {
        const path = join(parentPath, name);
        const { size, blocks } = await stat(path);
        return { path, size, diskSize: blocks * BLOCK };
      }),
  );
}

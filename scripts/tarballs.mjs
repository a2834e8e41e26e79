// npm run tarballs: the packages as a registry would have them, for an app on this machine; and how they get there.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { resolve } from "node:path";

const FOLDER = resolve(import.meta.dirname, "../tarballs");
/** What each kind of program takes, of what is packed. */
const PROGRAMS = {
  "a program of your own": ["core", "node-adapter"],
  "a command line": ["core", "node-adapter", "cli-adapter"],
  "an Electron app": ["core", "node-adapter", "electron-adapter"],
};

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER);
const files = Object.fromEntries(readdirSync("packages").map((name) => [name, pack(name)]));
process.stdout.write(`In your app's folder, of what is packed now:\n\n`);
for (const [program, names] of Object.entries(PROGRAMS))
  process.stdout.write(`# ${program}\nnpm install ${names.map((name) => files[name]).join(" ")}\n`);
process.stdout.write(
  `\nA new program, with one of those lines in place of its "npm install":\n\nnpx --yes --package=${files["create-loopkey"]} create-loopkey my-notes\n`,
);

function pack(name) {
  const args = ["pack", "--json", "--pack-destination", FOLDER];
  const { status, stdout, stderr } = spawnSync("pnpm", args, { cwd: `packages/${name}`, encoding: "utf8" });
  if (status !== 0) throw new Error(`packages/${name} cannot be packed: ${stdout}${stderr}`);
  return resolve(FOLDER, JSON.parse(stdout).filename);
}

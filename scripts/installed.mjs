// What users install, and what of others is in our files: docs/installed.md, made from the manifests, what is in node_modules, and the
// reasons in docs/dependencies.md.
//   node scripts/installed.mjs           writes it
//   node scripts/installed.mjs --check   fails where it is not so any more: another package, version or licence, or a size that is a sixth off
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const PAGE = "docs/installed.md";
const OURS = readdirSync("packages");
/** By package and dependency, for one of theirs may serve two of ours. A row may name several. */
const reasons = new Map(
  [
    ...readFileSync("docs/dependencies.md", "utf8").matchAll(/^\| ([\w-]+) +\| (`[^|]+`) +\| (.+?) +\|$/gm),
  ].flatMap(([, ours, names, why]) =>
    [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => [`${ours} ${name}`, why]),
  ),
);

const page = write();
if (process.argv.includes("--check")) check(page, readFileSync(PAGE, "utf8"));
else {
  writeFileSync(PAGE, page);
  spawnSync("pnpm", ["exec", "oxfmt", PAGE], { stdio: "inherit" });
}

function write() {
  const installed = new Map();
  for (const name of OURS) addDependencies(join("packages", name), name, installed);
  return `# What users install

The packages that an app gets with Loopkey, each with its size, licence and reason. Made by \`pnpm installed\`, and checked by \`pnpm check\`. Sizes are those of the files, unpacked, on Linux x64.

## Ours

| package | size | installs beside it | has to be there already |
| --- | --- | --- | --- |
${OURS.map(ownRow).join("\n")}

## Of others

| package | version | licence | size | for | why |
| --- | --- | --- | --- | --- | --- |
${[...installed.values()].map(otherRow).join("\n")}

No install script runs. Of \`@napi-rs/keyring\` npm takes the one part that is for the system; \`fs-native-extensions\` has those of all systems in it.

## In our files already

With their licences in \`dist/THIRD-PARTY.txt\` of each package; nothing is installed for them.

| in | package | version | licence | why |
| --- | --- | --- | --- | --- |
${OURS.flatMap(bundledRows).join("\n")}
`;
}

function ownRow(name) {
  const folder = join("packages", name);
  const manifest = readManifest(folder);
  const { stdout } = spawnSync("pnpm", ["pack", "--dry-run", "--json"], { cwd: folder, encoding: "utf8" });
  const bytes = JSON.parse(stdout).files.reduce(
    (sum, { path }) => sum + statSync(join(folder, path)).size,
    0,
  );
  const peers = Object.entries(manifest.peerDependencies ?? {}).map(([peer, range]) => {
    const isOptional = manifest.peerDependenciesMeta?.[peer]?.optional;
    return `\`${peer}\` ${range}${isOptional ? ", for whoever uses it" : ""}`;
  });
  const dependencies = Object.keys(manifest.dependencies ?? {}).map((each) => `\`${each}\``);
  return row(`\`${manifest.name}\``, kilobytes(bytes), list(dependencies), list(peers));
}

/** With all that these want in turn; of an optional part the one that is installed here. */
function addDependencies(folder, wantedBy, found) {
  const manifest = readManifest(folder);
  const own = createRequire(join(realpathSync(folder), "package.json"));
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
    const target = findPackage(name, own);
    const isOptional = name in (manifest.optionalDependencies ?? {});
    if (name.startsWith("@loopkey/") || (target === undefined && isOptional)) continue;
    if (target === undefined) throw new Error(`${name}, which ${wantedBy} wants, is not installed.`);
    if (found.has(name)) continue;
    found.set(name, { name, target, wantedBy });
    addDependencies(target, name, found);
  }
}

function otherRow({ name, target, wantedBy }) {
  const { version, license } = readManifest(target);
  const why = OURS.includes(wantedBy) ? reasons.get(`${wantedBy} ${name}`) : `\`${wantedBy}\` wants it.`;
  if (why === undefined) throw new Error(`docs/dependencies.md does not say why ${name} is there.`);
  return row(`\`${name}\``, version, license ?? "none named", kilobytes(sizeOf(target)), wantedBy, why);
}

function bundledRows(name) {
  const file = join("packages", name, "dist/THIRD-PARTY.txt");
  if (!existsSync(file)) return [];
  return [...readFileSync(file, "utf8").matchAll(/^(@?[\w./-]+) (\d\S*) \(([^)\n]+)\)$/gm)].map(
    ([, dependency, version, licence]) =>
      row(
        name,
        `\`${dependency}\``,
        version,
        licence,
        reasons.get(`${name} ${dependency}`) ?? "Another of these wants it.",
      ),
  );
}

function check(now, written) {
  const [expected, found] = [now, written].map((text) =>
    text.replaceAll(/ *\| *|-{3,}/g, "|").replaceAll(/\|+/g, "|"),
  );
  const [sizes, writtenSizes] = [expected, found].map((text) =>
    [...text.matchAll(/([\d,]+) KB/g)].map(([, digits]) => Number(digits.replaceAll(",", ""))),
  );
  const isSame = expected.replaceAll(/[\d,]+ KB/g, "KB") === found.replaceAll(/[\d,]+ KB/g, "KB");
  const isNear = sizes.every((size, n) => Math.abs(size - writtenSizes[n]) <= Math.max(size / 6, 2));
  if (!isSame || !isNear) {
    process.stderr.write(`${PAGE} is not what users install any more: pnpm installed\n`);
    process.exitCode = 1;
  } else process.stdout.write(`${PAGE} is what users install.\n`);
}

function findPackage(name, require) {
  const folder = (require.resolve.paths(name) ?? []).find((each) =>
    existsSync(join(each, name, "package.json")),
  );
  return folder && realpathSync(join(folder, name));
}

function sizeOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) =>
        entry.isFile() && !join(entry.parentPath, entry.name).slice(folder.length).includes("/node_modules/"),
    )
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

function kilobytes(bytes) {
  return `${Math.ceil(bytes / 1_000).toLocaleString("en")} KB`;
}

function list(each) {
  return each.length === 0 ? "nothing" : each.join(", ");
}

function row(...cells) {
  return `| ${cells.join(" | ")} |`;
}

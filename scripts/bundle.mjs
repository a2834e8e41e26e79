// What the packages publish: a few files each, entry points with shared chunks, and declarations rolled up in the same way. Works on
// what `tsc -b` has left in build/; nothing else of that is published, so that no source of ours is shipped twice. The dependencies
// that are named below go in with us, their licences beside them: a process pays for each file that it loads.
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { rolldown } from "rolldown";
import { dts } from "rolldown-plugin-dts";
import { writeNativeModules } from "./native-modules.mjs";
import { withLightWeb, withoutBuiltinImports, withoutRequire, withVersion } from "./bundle-plugins.mjs";

/**
 * `code`: whose code goes in; `types`: their declarations too, but those of xstate and commander: who uses these has them.
 * `copied`: as the compiler left them; `programs` of others, as they are. `chunks`: by name, what is loaded at once with entry points, without the chunks before it.
 */
const PACKAGES = {
  core: {
    code: ["oauth4webapi", "xstate"],
    types: ["oauth4webapi"],
    chunks: { light: ["light"], core: ["index"] },
  },
  "node-adapter": {
    code: [
      "agent-base",
      "https-proxy-agent",
      "proxy-from-env",
      // What a look at a keyring asks with.
      "d-bus-message-protocol",
      "d-bus-type-system",
      // And what it finds the default browser with.
      "open",
      "bundle-name",
      "default-browser",
      "default-browser-id",
      "define-lazy-prop",
      "is-docker",
      "is-in-ssh",
      "is-inside-container",
      "is-wsl",
      "powershell-utils",
      "run-applescript",
      "wsl-utils",
    ],
    types: [],
    chunks: { node: ["index"] },
    // For systems that have none: looked for beside the file that `open` is in.
    programs: ["node_modules/open/xdg-open"],
  },
  "cli-adapter": {
    code: [
      "commander",
      "json-rpc-2.0",
      "valibot",
      "yocto-spinner",
      "yoctocolors",
      // The certificates of the broker.
      "@peculiar",
      "asn1js",
      "pvtsutils",
      "pvutils",
      "reflect-metadata",
      "tslib",
      "tsyringe",
    ],
    types: [],
    chunks: { commands: ["commander", "profiles"] },
  },
  // Each side of the process boundary loads its own; a preload is one file, written as it runs.
  "electron-adapter": {
    code: ["valibot"],
    types: [],
    chunks: {},
    copied: ["preload/index.cjs", "preload/index.d.cts", "preload/preload.cjs"],
  },
};

for (const [name, plan] of Object.entries(PACKAGES)) await bundle(resolve("packages", name), plan);
writeNativeModules(resolve("packages/node-adapter/dist/native"));

async function bundle(folder, plan) {
  const manifest = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  const entries = entriesOf(manifest);
  rmSync(`${folder}/dist`, { recursive: true, force: true });
  const output = await write(
    folder,
    mapValues(entries, (file) => `${folder}/build/${file}.js`),
    {
      external: (id) => isPackage(id) && !plan.code.some((name) => isOf(id, name)),
      platform: "node",
      // xstate and commander have an ES module beside what their main is.
      resolve: { mainFields: ["module", "main"], conditionNames: ["module", "import", "default"] },
      plugins: [withLightWeb(), withoutRequire(), withVersion(manifest.version), withoutBuiltinImports()],
      // What entry points have beyond their own exports is theirs to share: those are in the chunks, an entry point itself is in none.
      preserveEntrySignatures: "allow-extension",
      codeSplitting: {
        groups: [
          {
            debugName: "loaded with an entry point",
            includeDependenciesRecursively: false,
            name: chunkNames(
              mapValues(plan.chunks, (own) => own.map((entry) => `${folder}/build/${entries[entry]}.js`)),
            ),
          },
        ],
      },
    },
  );
  writeLicences(folder, output);
  for (const file of plan.programs ?? []) {
    const to = `${folder}/dist/${basename(file)}`;
    copyFileSync(`${folder}/${file}`, to);
    chmodSync(to, 0o755);
  }
  for (const file of plan.copied ?? []) copyAlone(`${folder}/build/${file}`, `${folder}/dist/${file}`);
  const typed = Object.fromEntries(Object.entries(entries).filter(([entry]) => entry !== "bin"));
  await write(
    folder,
    mapValues(typed, (file) => `${folder}/build/${file}.d.ts`),
    {
      external: (id) => isPackage(id) && !plan.types.some((name) => isOf(id, name)),
      plugins: [dts({ dtsOnly: true, tsconfig: false, generator: "oxc" })],
    },
  );
}

async function write(folder, input, { codeSplitting, ...options }) {
  const bundler = await rolldown({ input, ...options });
  const { output } = await bundler.write({
    dir: `${folder}/dist`,
    chunkFileNames: "[name]-[hash].js",
    sourcemap: false,
    codeSplitting,
    // What our functions promise stands in the declarations.
    comments: { legal: true, annotation: true, jsdoc: false },
  });
  await bundler.close();
  return output;
}

/** Without the line that names its map, which stays at home. */
function copyAlone(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, readFileSync(from, "utf8").replace(/\n\/\/# sourceMappingURL=.*\n?$/, "\n"));
}

/** Of each module, the chunk of the first entry point that it is loaded with. */
function chunkNames(entries) {
  let names;
  return (id, graph) => {
    names ??= loadedWith(entries, graph);
    return graph.getModuleInfo(id)?.isEntry ? null : (names.get(id) ?? null);
  };
}

function loadedWith(entries, graph) {
  const names = new Map();
  const visit = (id, name) => {
    if (names.has(id)) return;
    names.set(id, name);
    for (const imported of graph.getModuleInfo(id)?.importedIds ?? []) visit(imported, name);
  };
  for (const [name, own] of Object.entries(entries)) for (const entry of own) visit(entry, name);
  return names;
}

/** What the code of others wants to be told beside it. */
function writeLicences(folder, output) {
  const packages = new Set(
    output.flatMap(({ moduleIds = [] }) => moduleIds).flatMap((id) => packageFolder(id) ?? []),
  );
  if (packages.size === 0) return;
  const texts = [...packages]
    .toSorted((a, b) => a.localeCompare(b))
    .map((found) => {
      const { name, version, license } = JSON.parse(readFileSync(`${found}/package.json`, "utf8"));
      return `${name} ${version} (${license})\n\n${licenceText(found, name).trim()}\n`;
    });
  writeFileSync(
    `${folder}/dist/THIRD-PARTY.txt`,
    `These packages are part of the files beside this one.\n\n${texts.join(`\n${"-".repeat(80)}\n\n`)}`,
  );
}

function licenceText(folder, name) {
  for (const file of ["LICENSE", "LICENSE.md", "LICENSE.txt", "license"]) {
    try {
      return readFileSync(`${folder}/${file}`, "utf8");
    } catch {
      // By another name.
    }
  }
  throw new Error(`${name} has no licence in it: it cannot be plan.`);
}

function packageFolder(id) {
  const [found] = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id) ?? [];
  return found;
}

function isPackage(id) {
  return /^[^./]/.test(id);
}

function isOf(id, name) {
  return id === name || id.startsWith(`${name}/`);
}

/** The entry points by the name of their file in dist: the source that the workspace itself imports tells where they come from. */
function entriesOf({ exports, bin }) {
  const published = Object.values(exports).filter((target) => target["@loopkey/source"] !== undefined);
  return {
    ...Object.fromEntries(
      published.map((target) => [inDist(target.default), inBuild(target["@loopkey/source"])]),
    ),
    ...(bin && { bin: "bin" }),
  };
}

function inDist(file) {
  return file.replace(/^\.\/dist\/|\.js$/g, "");
}

function inBuild(source) {
  return source.replace(/^\.\/src\/|\.ts$/g, "");
}

function mapValues(object, map) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}

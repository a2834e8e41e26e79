// What the packages publish: a few files each, entry points with shared chunks, and declarations rolled up in the same way. Works on
// what `tsc -b` has left in build/; nothing else of that is published, so that no source of ours is shipped twice.
import { readFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { rolldown } from "rolldown";
import { dts } from "rolldown-plugin-dts";

for (const name of ["core", "node-adapter", "cli-adapter"]) await bundle(resolve("packages", name));

async function bundle(folder) {
  const manifest = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  const entries = entriesOf(manifest);
  const external = /^[^./]/;
  rmSync(`${folder}/dist`, { recursive: true, force: true });
  await write(
    folder,
    mapValues(entries, (file) => `${folder}/build/${file}.js`),
    { external, platform: "neutral" },
  );
  const typed = Object.fromEntries(Object.entries(entries).filter(([entry]) => entry !== "bin"));
  await write(
    folder,
    mapValues(typed, (file) => `${folder}/build/${file}.d.ts`),
    {
      external,
      plugins: [dts({ dtsOnly: true, tsconfig: false, generator: "oxc" })],
    },
  );
}

async function write(folder, input, options) {
  const bundler = await rolldown({ input, ...options });
  await bundler.write({ dir: `${folder}/dist`, chunkFileNames: "[name]-[hash].js", sourcemap: false });
  await bundler.close();
}

/** The entry points by the name of their file in dist: the source that the workspace itself imports tells where they come from. */
function entriesOf({ exports, bin }) {
  const published = Object.values(exports).filter((target) => typeof target === "object");
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

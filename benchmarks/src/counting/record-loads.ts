// For `node --import`: notes every file that this process loads, by import, by require or as native code, in the file that
// the environment names.
import { appendFileSync } from "node:fs";
import Module, { register } from "node:module";
import { pathToFileURL } from "node:url";
import { LOADS_FILE } from "./loads.js";

type Loader = (
  request: string,
  parent: { readonly filename: string } | undefined,
  isMain: boolean,
) => unknown;

const file = process.env[LOADS_FILE]!;
register("./load-hooks.js", import.meta.url, { data: { file } });

// Not by the hooks: on Node 20 they are not told of what a CommonJS module requires.
const LOAD = "_load";
const RESOLVE = "_resolveFilename";
const internal = Module as unknown as {
  [LOAD]: Loader;
  readonly [RESOLVE]: (request: string, parent: unknown, isMain: boolean) => string;
};
const original = internal[LOAD];
const known = new Set<string>();
internal[LOAD] = function load(request, parent, isMain) {
  const path = internal[RESOLVE](request, parent, isMain);
  if (path.startsWith("/") && !known.has(path)) {
    known.add(path);
    const by = parent?.filename === undefined ? "the command" : pathToFileURL(parent.filename).href;
    appendFileSync(file, `${JSON.stringify({ url: pathToFileURL(path).href, by })}\n`);
  }
  return original.call(Module, request, parent, isMain);
};

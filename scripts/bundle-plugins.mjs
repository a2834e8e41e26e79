// What is published beyond what the compiler wrote: how built-in modules and the Web's classes are come by.
import { isBuiltin } from "node:module";
import { resolve } from "node:path";
import { promisify } from "node:util";

const LIGHT_WEB = resolve("packages/core/build/oauth/inside/light-web.js");

/**
 * oauth4webapi works on the light Headers and Response: to touch the runtime's own, by name even, loads undici on Node; to touch
 * `navigator`, by which it tells browsers, loads `perf_hooks`, and no browser runs this.
 */
export function withLightWeb() {
  return {
    name: "light-web",
    transform: {
      filter: { id: /\/oauth4webapi\/build\/index\.js$/ },
      handler: (code) =>
        `import { LightHeaders as Headers, LightResponse as Response } from ${JSON.stringify(LIGHT_WEB)};
const navigator = undefined;
${code}`,
    },
  };
}

/** There from the start: the command line and the module loader have loaded them. */
const ALWAYS_LOADED = ["node:fs", "node:path", "node:process", "node:url"];

/**
 * Built-in modules by `process.getBuiltinModule`, and their functions when they are called. An import loads the module at
 * once, and makes another of all its names, which asks each for its value: some load what nobody needs (node:http all of
 * undici on Node 22 and later).
 */
export function withoutBuiltinImports() {
  return {
    name: "without-builtin-imports",
    renderChunk: (code) => {
      const rendered = code.replaceAll(
        /^import (\w+)?(?:, )?(?:\* as (\w+)|\{ ([^}]*) \})? ?(?:from )?"(node:[^"]+)";$/gm,
        (_, byDefault, whole, names, module) =>
          [
            ...[byDefault, whole].filter(Boolean).map((name) => `const ${name} = ${shortBuiltin(module)};`),
            ...(names?.split(", ").map((name) => member(module, ...name.split(" as "))) ?? []),
          ].join("\n"),
      );
      return rendered === code ? null : rendered.replace(/^(#!.*\n)?/, `$1${SHORT_BUILTIN}`);
    },
  };
}

/**
 * What `node:fs` has of `node:fs/promises`, with the same outcome for the same arguments: the module itself costs ten others of Node 24.
 * `open` and `realpath` are others there.
 */
const BY_CALLBACK = [
  "access",
  "chmod",
  "lstat",
  "mkdir",
  "readFile",
  "readdir",
  "rename",
  "rm",
  "stat",
  "writeFile",
];

function member(module, name, local = name) {
  if (module === "node:fs/promises" && BY_CALLBACK.includes(name))
    return `const ${local} = (...args) => ${shortBuiltin("node:util")}.promisify(${shortBuiltin("node:fs")}.${name})(...args);`;
  const value = process.getBuiltinModule(module)[name];
  const isPlainFunction =
    typeof value === "function" && /^[a-z]/.test(name) && Object.keys(value).length === 0;
  if (!isPlainFunction || ALWAYS_LOADED.includes(module))
    return `const ${local} = ${shortBuiltin(module)}.${name};`;
  const call = `(...args) => ${shortBuiltin(module)}.${name}(...args)`;
  if (!(promisify.custom in value)) return `const ${local} = ${call};`;
  // `promisify` goes by a member of the function, and would make another one without it.
  const promised = `(...args) => ${shortBuiltin("node:util")}.promisify(${shortBuiltin(module)}.${name})(...args)`;
  return `const ${local} = Object.defineProperty(${call}, Symbol.for("nodejs.util.promisify.custom"), { value: ${promised} });`;
}

/** In each chunk once: its name stands there a hundred times. */
const SHORT_BUILTIN = "const $node = (module) => globalThis.process.getBuiltinModule(module);\n";

function shortBuiltin(module) {
  return `$node("${module}")`;
}

function builtin(module) {
  // Not `process` by itself: a module may have a name for it of its own.
  return `globalThis.process.getBuiltinModule("${module}")`;
}

/**
 * What CommonJS modules require, by the same way: `require` is not there in an ES module, and one that is made does not survive being
 * bundled again, and asks each of the module's names for its value, as an import does (of `process` that opens stdin). Without `debug`,
 * which would load two packages to write nothing; and `child_process`, of which commander has one call, is loaded by that call.
 */
export function withoutRequire() {
  return {
    name: "without-require",
    transform: {
      filter: { id: /\/(https-proxy-agent|agent-base|proxy-from-env|commander)\/(?!.*node_modules)/ },
      handler: (code) =>
        code
          .replace("const childProcess = require('node:child_process');", "")
          .replaceAll("childProcess.", `${builtin("node:child_process")}.`)
          .replaceAll('require("debug")', "(() => () => {})")
          .replaceAll(/require\(['"]([\w:]+)['"]\)/g, (found, module) =>
            isBuiltin(module) ? builtin(module) : found,
          ),
    },
  };
}

/** The version of the package, written in: a single executable has no package.json beside it. */
export function withVersion(version) {
  return {
    name: "version",
    load: {
      filter: { id: /\/build\/binary\/inside\/version\.js$/ },
      handler: () => `export const version = () => ${JSON.stringify(version)};`,
    },
  };
}

// Compiles apps against the built declarations alone, with skipLibCheck off: one with Node's types and no DOM library, one of Electron, a page.
import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

// xstate's own declarations do not hold under exactOptionalPropertyTypes; whoever looks at the machine sees them.
const SEES_XSTATE = new Set(["@loopkey/core/machine"]);
const PAGE = "@loopkey/electron-adapter/renderer";

const app = mkdtempSync(join(tmpdir(), "declarations-"));
try {
  const modules = join(app, "node_modules");
  mkdirSync(join(modules, "@types"), { recursive: true });
  mkdirSync(join(modules, "@loopkey"));
  symlinkSync(resolve("node_modules/@types/node"), join(modules, "@types/node"));
  symlinkSync(resolve("packages/electron-adapter/node_modules/electron"), join(modules, "electron"));
  for (const name of ["core", "node-adapter", "cli-adapter", "electron-adapter"])
    symlinkSync(resolve("packages", name), join(modules, "@loopkey", name));
  const entries = ["core", "node-adapter", "cli-adapter"].flatMap((name) => entriesOf(name));
  writeFileSync(join(app, "package.json"), '{ "type": "module" }');
  check(
    "strict",
    entries.filter((entry) => !SEES_XSTATE.has(entry)),
    { exactOptionalPropertyTypes: true },
  );
  check("with-xstate", entries, {});
  // What a page may see has nothing of Node or Electron in it; what the others see, Electron's own declarations, which want the DOM.
  const [pages, rest] = [[PAGE], entriesOf("electron-adapter").filter((entry) => entry !== PAGE)];
  check("electron", rest, { lib: ["es2022", "dom"], types: ["node", "electron"] });
  // "esnext.disposable": the core's client can be disposed of, which Node's types know.
  check("page", pages, {
    lib: ["es2022", "dom", "dom.iterable", "esnext.disposable"],
    types: [],
    exactOptionalPropertyTypes: true,
  });
} finally {
  rmSync(app, { recursive: true });
}

function entriesOf(name) {
  const { exports } = JSON.parse(readFileSync(`packages/${name}/package.json`, "utf8"));
  return Object.keys(exports)
    .filter((path) => !path.endsWith(".json"))
    .flatMap((path) => (path.endsWith("/*") ? filesBehind(name, path, exports[path].default) : [path]))
    .map((path) => `@loopkey/${name}${path.slice(1)}`);
}

/** Each that a pattern stands for. */
function filesBehind(name, path, target) {
  const [folder, ending] = target.split("*");
  return readdirSync(`packages/${name}/${folder}`)
    .filter((file) => file.endsWith(ending))
    .map((file) => path.replace("*", file.slice(0, -ending.length)));
}

function check(name, entries, options) {
  const source = entries.map((entry, at) => `import * as e${at} from "${entry}"; void e${at};\n`);
  writeFileSync(join(app, `${name}.ts`), source.join(""));
  const compilerOptions = {
    strict: true,
    skipLibCheck: false,
    noEmit: true,
    target: "es2022",
    lib: ["es2022"],
    module: "nodenext",
    types: ["node"],
    ...options,
  };
  writeFileSync(join(app, `${name}.json`), JSON.stringify({ compilerOptions, files: [`${name}.ts`] }));
  const tsc = resolve("node_modules/.bin/tsc");
  const { status, stdout } = spawnSync(tsc, ["-p", join(app, `${name}.json`)], { encoding: "utf8" });
  process.stdout.write(
    `declarations, ${name}: ${entries.length} entries ${status === 0 ? "ok" : "FAILED"}\n${stdout}`,
  );
  if (status !== 0) process.exitCode = 1;
}

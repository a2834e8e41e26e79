// Every TypeScript example in the docs and the docstrings compiles against the built packages; those that are tests pass.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";

const ELECTRON_GUIDE = "docs/electron.md";

// Where each is compiled: in a folder that has the packages, and is ignored by git, lint and format.
const WORLDS = [
  {
    folder: "e2e/dist/examples",
    types: ["node"],
    lib: ["ES2023"],
    entries: {
      core: {
        ".": "index.ts",
        "./explain": "explain-entry.ts",
        "./mcp": "mcp-entry.ts",
        "./testing": "testing/index.ts",
      },
      "node-adapter": {
        ".": "index.ts",
        "./single-executable": "single-executable/index.ts",
        "./watch": "watch/index.ts",
      },
      "cli-adapter": { ".": "index.ts" },
    },
    guides: [
      "README.md",
      ...["core", "node-adapter", "cli-adapter"].flatMap((name) => files(`site/entry-points/${name}`, ".md")),
      // In folders too. The reference is made of the docstrings, which are looked at where they are written.
      ...files("docs", ".md").filter(
        (file) => file !== ELECTRON_GUIDE && !file.startsWith("docs/reference/"),
      ),
    ],
    isTested: true,
  },
  {
    folder: "packages/electron-adapter/build/examples",
    types: ["node", "electron"],
    lib: ["ES2023", "DOM"],
    entries: {
      "electron-adapter": {
        "./main": "main/index.ts",
        "./preload": "preload/index.cts",
        "./renderer": "renderer/index.ts",
        "./testing": "testing/index.ts",
      },
    },
    borrowed: { createAuthClient: "@loopkey/core", BrowserWindow: "electron/main" },
    guides: files("site/entry-points/electron-adapter", ".md"),
    isTested: true,
  },
  {
    // It has React too.
    folder: "examples/electron-app/dist/examples",
    types: ["node", "electron"],
    lib: ["ES2023", "DOM"],
    entries: {},
    guides: [ELECTRON_GUIDE],
    isTested: false,
  },
];

for (const world of WORLDS) check(world);

function check({ folder, types, lib, entries, borrowed = {}, guides, isTested }) {
  const exported = new Map(
    Object.entries(entries).flatMap(([name, paths]) =>
      Object.entries(paths).flatMap(([path, file]) =>
        exportsOf(`packages/${name}/src/${file}`).map((each) => [each, `@loopkey/${name}${path.slice(1)}`]),
      ),
    ),
  );
  for (const [name, from] of Object.entries(borrowed)) exported.set(name, from);
  const names = Object.keys(entries);
  const examples = [
    ...[...guides, ...names.map((name) => `packages/${name}/README.md`)].flatMap((file) =>
      fenced(file, readFileSync(file, "utf8")),
    ),
    ...names
      .flatMap((name) => [...files(`packages/${name}/src`, ".ts"), ...files(`packages/${name}/src`, ".cts")])
      .flatMap((file) => docstrings(file, readFileSync(file, "utf8"))),
  ];
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [index, { file, code }] of examples.entries())
    writeFileSync(
      `${folder}/${index}.ts`,
      `// ${file}\n${withImports({ file, code }, exported)}\nexport {};\n`,
    );
  writeFileSync(
    `${folder}/tsconfig.json`,
    JSON.stringify({
      extends: resolve("tsconfig.base.json"),
      compilerOptions: {
        // As an app sees them: by what they publish.
        customConditions: [],
        composite: false,
        declaration: false,
        declarationMap: false,
        rootDir: ".",
        outDir: "js",
        types,
        lib,
        noUnusedLocals: false,
      },
      include: ["*.ts"],
    }),
  );
  const { status, stdout } = spawnSync("pnpm", ["exec", "tsc", "-p", folder], { encoding: "utf8" });
  process.stdout.write(status === 0 ? `${examples.length} examples compile in ${folder}\n` : stdout);
  if (status !== 0 || examples.length === 0) process.exitCode = 1;
  else if (isTested) runTests(folder, examples);
}

function runTests(folder, examples) {
  const tests = [...examples.entries()]
    .filter(([, { code }]) => code.includes('from "node:test"'))
    .map(([index]) => `${folder}/js/${index}.js`);
  const { status, stdout } = spawnSync(process.execPath, ["--test", ...tests], { encoding: "utf8" });
  process.stdout.write(status === 0 ? `${tests.length} of them are tests, and pass\n` : stdout);
  if (status !== 0 || tests.length === 0) process.exitCode = 1;
}

function files(folder, ending) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(ending))
    .map((file) => `${folder}/${file}`);
}

function fenced(file, text) {
  return [...text.matchAll(/```(?:ts|js)\n([\s\S]*?)```/g)].map(([, code]) => ({ file, code }));
}

function docstrings(file, text) {
  return [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap(([comment]) =>
    fenced(file, comment.replaceAll(/^\s*\* ?/gm, "")),
  );
}

/** What an index gives out, by name. */
function exportsOf(file) {
  const text = readFileSync(file, "utf8");
  const lists = [...text.matchAll(/export \{([^}]*)\}/g)].flatMap(([, names]) => names.split(","));
  const functions = [...text.matchAll(/^export function (\w+)/gm)].map(([, name]) => name);
  return [...lists.map((each) => each.trim()), ...functions].filter((name) => /^\w+$/.test(name));
}

/** An example in a docstring leaves out the imports; one in a guide is copied, and has them. */
function withImports({ file, code }, exported) {
  if (file.endsWith(".md") || /^import /m.test(code)) return code;
  return [...exported]
    .filter(([name]) => new RegExp(`\\b${name}\\b`).test(code))
    .map(([name, from]) => `import { ${name} } from "${from}";`)
    .join("\n")
    .concat("\n", code);
}

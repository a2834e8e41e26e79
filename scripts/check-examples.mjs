// Every TypeScript example in the docs and the docstrings compiles against the built packages; those that are tests pass.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

// Inside e2e, whose dependencies are all the packages; dist is ignored by git, lint and format.
const FOLDER = "e2e/dist/examples";
const PACKAGES = ["core", "node-adapter", "cli-adapter"];

const exported = new Map(
  PACKAGES.flatMap((name) =>
    [...readFileSync(`packages/${name}/src/index.ts`, "utf8").matchAll(/export \{([^}]*)\}/g)]
      .flatMap(([, names]) => names.split(","))
      .map((each) => [each.trim(), `@loopkey/${name}`]),
  ),
);
const sources = [
  "README.md",
  ...files("docs", ".md"),
  ...PACKAGES.map((name) => `packages/${name}/README.md`),
];
const examples = [
  ...sources.flatMap((file) => fenced(file, readFileSync(file, "utf8"))),
  ...PACKAGES.flatMap((name) => files(`packages/${name}/src`, ".ts")).flatMap((file) =>
    docstrings(file, readFileSync(file, "utf8")),
  ),
];

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
for (const [index, { file, code }] of examples.entries())
  writeFileSync(`${FOLDER}/${index}.ts`, `// ${file}\n${withImports({ file, code })}\nexport {};\n`);
writeFileSync(
  `${FOLDER}/tsconfig.json`,
  JSON.stringify({
    extends: "../../../tsconfig.base.json",
    compilerOptions: {
      // As an app sees them: by what they publish.
      customConditions: [],
      composite: false,
      declaration: false,
      declarationMap: false,
      rootDir: ".",
      outDir: "js",
      types: ["node"],
      noUnusedLocals: false,
    },
    include: ["*.ts"],
  }),
);
const { status, stdout } = spawnSync("pnpm", ["exec", "tsc", "-p", FOLDER], { encoding: "utf8" });
process.stdout.write(status === 0 ? `${examples.length} examples compile\n` : stdout);
process.exitCode = examples.length === 0 ? 1 : (status ?? 1);
if (status === 0) runTests();

function runTests() {
  const tests = [...examples.entries()]
    .filter(([, { code }]) => code.includes('from "node:test"'))
    .map(([index]) => `${FOLDER}/js/${index}.js`);
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

/** An example in a docstring leaves out the imports; one in a guide is copied, and has them. */
function withImports({ file, code }) {
  if (file.endsWith(".md") || /^import /m.test(code)) return code;
  return [...exported]
    .filter(([name]) => new RegExp(`\\b${name}\\b`).test(code))
    .map(([name, from]) => `import { ${name} } from "${from}";`)
    .join("\n")
    .concat("\n", code);
}

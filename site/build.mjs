// pnpm site: the API reference from the docstrings of what is published, then the site. Links are checked on the way.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { CHAPTERS } from "./pages.mjs";

const SITE = import.meta.dirname;
const ROOT = resolve(SITE, "..");
const DOCS = `${ROOT}/docs`;

/** Its file, as the titles have it: what is imported, in its place. */
const ENTRY = /\b((?:core|node-adapter|cli-adapter|electron-adapter))\/dist(?:\/([\w-]+))?/g;

checkThatAllAreListed();
writeReference();
run("vitepress", ["build", "."]);
writeForAssistants();

function checkThatAllAreListed() {
  const listed = new Set(CHAPTERS.flatMap(({ pages }) => pages.map(([, path]) => path)));
  const there = readdirSync(DOCS, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith(".md") && !file.startsWith("reference/") && file !== "index.md")
    .map((file) => file.slice(0, -".md".length));
  const unlisted = there.filter((page) => !listed.has(page));
  if (unlisted.length > 0) throw new Error(`site/pages.mjs does not list ${unlisted.join(", ")}.`);
  const missing = [...listed].filter((page) => !page.startsWith("reference/") && !there.includes(page));
  if (missing.length > 0)
    throw new Error(`site/pages.mjs lists what is not in docs/: ${missing.join(", ")}.`);
}

/** Of each entry point, what its declarations say. */
function writeReference() {
  rmSync(`${DOCS}/reference`, { recursive: true, force: true });
  const entries = ["core", "node-adapter", "cli-adapter", "electron-adapter"].flatMap((name) => {
    const folder = `${ROOT}/packages/${name}`;
    const { publishConfig } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
    return Object.entries(publishConfig.exports).flatMap(([entry, { types }]) =>
      types ? [{ page: `${name}/${entry.slice(2) || "index"}.md`, file: resolve(folder, types) }] : [],
    );
  });
  writeFileSync(
    `${SITE}/tsconfig.reference.json`,
    JSON.stringify({
      compilerOptions: {
        target: "es2023",
        lib: ["es2023", "dom"],
        module: "nodenext",
        types: ["node"],
        skipLibCheck: true,
        noEmit: true,
      },
      files: entries.map(({ file }) => file),
    }),
  );
  const options = {
    tsconfig: "tsconfig.reference.json",
    plugin: "typedoc-plugin-markdown",
    out: `${DOCS}/reference`,
    readme: "none",
    name: "Every declaration",
    entryFileName: "README.md",
    outputFileStrategy: "modules",
    hideBreadcrumbs: "true",
    hidePageHeader: "true",
    excludeExternals: "true",
    disableSources: "true",
    basePath: `${ROOT}/packages`,
    displayBasePath: `${ROOT}/packages`,
  };
  const given = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  run("typedoc", [...entries.map(({ file }) => file), ...given]);
  nameByEntry(entries);
}

/** A page has the name that people import, not that of a file in dist/. */
function nameByEntry(entries) {
  const old = `${DOCS}/reference`;
  const pageOf = new Map(
    entries.map(({ page, file }) => [
      relative(`${ROOT}/packages`, file).replace(/\/index\.d\.c?ts$|\.d\.c?ts$/, ".md"),
      page,
    ]),
  );
  const renamed = (file) => {
    const name = relative(old, file).replace(/^packages\//, "");
    return pageOf.get(name) ?? name;
  };
  const pages = readdirSync(old, { recursive: true })
    .map((file) => resolve(old, String(file)))
    .filter((file) => file.endsWith(".md"))
    .map((file) => [file, readFileSync(file, "utf8")]);
  rmSync(old, { recursive: true });
  for (const [file, text] of pages) {
    const to = resolve(old, renamed(file));
    mkdirSync(dirname(to), { recursive: true });
    const relink = (_, path, fragment = "") => {
      const target = resolve(old, renamed(resolve(dirname(file), path)));
      return `](${relative(dirname(to), target)}${fragment})`;
    };
    writeFileSync(
      to,
      text.replaceAll(/\]\((?![a-z]+:)([^)#]+\.md)(#[^)]*)?\)/g, relink).replaceAll(ENTRY, entryName),
    );
  }
}

function entryName(_, name, entry) {
  return `@loopkey/${name}${entry ? `/${entry.replace(/-entry$/, "")}` : ""}`;
}

/** llms.txt: every page with its first sentence, for who reads by machine. */
function writeForAssistants() {
  const chapters = CHAPTERS.map(({ title, pages }) => {
    const lines = pages.map(
      ([text, path]) => `- [${text}](/${path}): ${firstSentence(`${DOCS}/${path}.md`)}`,
    );
    return `## ${title}\n\n${lines.join("\n")}\n`;
  });
  const head =
    "# Loopkey\n\n> Signs people in to native apps (CLIs, Electron apps, anything on a person's own machine): OAuth 2.0 and OpenID Connect " +
    "by RFC 8252, as a TypeScript library around an explicit state machine.\n\n";
  writeFileSync(`${SITE}/dist/llms.txt`, head + chapters.join("\n"));
}

function firstSentence(file) {
  const text = readFileSync(file, "utf8").replace(/^---\n.*?\n---\n/s, "");
  const paragraph = text.split(/\n\n+/).find((part) => /^[A-Z`*]/.test(part)) ?? "";
  return (/^.*?[.:](?=\s|$)/s.exec(paragraph)?.[0] ?? paragraph)
    .replaceAll("\n", " ")
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1");
}

function run(command, args) {
  const { status } = spawnSync(resolve(SITE, "node_modules/.bin", command), args, {
    cwd: SITE,
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
}

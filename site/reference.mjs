// The API reference, from the docstrings of what is published: a page for each entry point.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { headingsIn } from "./slug.mjs";

const SITE = import.meta.dirname;
const ROOT = resolve(SITE, "..");
const DOCS = `${ROOT}/docs`;

const FIRST = "Every function, type and option that the packages export, an entry point a page.";

/** Its file, as the titles have it: what is imported, in its place. */
const ENTRY = /\b((?:core|node-adapter|cli-adapter|electron-adapter))\/dist(?:\/([\w-]+))?/g;

/** Of each entry point, what its declarations say. */
export function writeReference(run) {
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
    const relinked = text.replaceAll(/\]\((?![a-z]+:)([^)#]+\.md)(#[^)]*)?\)/g, relink);
    const named = mendFragments(relinked.replaceAll(ENTRY, entryName));
    writeFileSync(
      to,
      named.replace("\n\n", () => `\n\n${openingOf(relative(old, to))}\n\n`),
    );
  }
}

function entryName(_, name, entry) {
  return `@loopkey/${name}${entry ? `/${entry.replace(/-entry$/, "")}` : ""}`;
}

/** Below its title: what an entry point is for, with an example that `pnpm examples` runs. An entry point without one fails the build. */
function openingOf(page) {
  return page === "README.md" ? FIRST : readFileSync(`${SITE}/entry-points/${page}`, "utf8").trim();
}

/** Its own pages' headings are counted with some that are not written: `#name-1` where there is but one `name`. */
function mendFragments(text) {
  const there = headingsIn(text);
  return text.replaceAll(/\]\(#([\w-]+)-1\)/g, (link, slug) =>
    there.has(`${slug}-1`) || !there.has(slug) ? link : `](#${slug})`,
  );
}

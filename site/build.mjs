// pnpm site: the API reference from the docstrings of what is published, then the site. Links are checked on the way.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { openingSentence, writeForAssistants } from "./assistants.mjs";
import { checkLinks } from "./links.mjs";
import { outOfDocs } from "./out-of-docs.mjs";
import { CHAPTERS } from "./pages.mjs";
import { writeReference } from "./reference.mjs";

const SITE = import.meta.dirname;
const ROOT = resolve(SITE, "..");
const DOCS = `${ROOT}/docs`;

checkThatAllAreListed();
checkThatAllSayWhatTheyAreFor();
writeReference(run);
run("vitepress", ["build", "."]);
checkLinks(ROOT, `${SITE}/dist`);
writeForAssistants(CHAPTERS, allPages(), (path) => outOfDocs.inMarkdown(path, read(path)), `${SITE}/dist`);

function checkThatAllAreListed() {
  const listed = new Set(CHAPTERS.flatMap(({ pages }) => pages.map(([, path]) => path)));
  const there = allPages().filter((page) => !page.startsWith("reference/") && page !== "index");
  const unlisted = there.filter((page) => !listed.has(page));
  if (unlisted.length > 0) throw new Error(`site/pages.mjs does not list ${unlisted.join(", ")}.`);
  const missing = [...listed].filter((page) => !page.startsWith("reference/") && !there.includes(page));
  if (missing.length > 0)
    throw new Error(`site/pages.mjs lists what is not in docs/: ${missing.join(", ")}.`);
}

/** Before anything that takes long. */
function checkThatAllSayWhatTheyAreFor() {
  for (const { pages } of CHAPTERS)
    for (const [, path] of pages) if (!path.startsWith("reference/")) openingSentence(path, read(path));
}

function allPages() {
  return readdirSync(DOCS, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => file.slice(0, -".md".length));
}

function read(path) {
  return readFileSync(`${DOCS}/${path}.md`, "utf8");
}

function run(command, args) {
  const { status } = spawnSync(resolve(SITE, "node_modules/.bin", command), args, {
    cwd: SITE,
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
}

// A link from a page to what is in the repository and not in docs/ leads there. A file that is not there fails the build.
import { existsSync, readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");
const DOCS = `${ROOT}/docs`;
const { repository } = JSON.parse(readFileSync(`${ROOT}/packages/core/package.json`, "utf8"));
export const REPOSITORY = repository.url.replace(/^git\+|\.git$/g, "");

export const outOfDocs = {
  /** Where `href` leads from a page of the site. `page` is its file in docs/. */
  ofPage(page, href) {
    if (/^(?:[a-z]+:|#|\/)/.test(href)) return href;
    const [path, fragment] = href.split("#");
    const file = resolve(dirname(resolve(DOCS, page)), decodeURI(path));
    const isPage = file.startsWith(`${DOCS}/`) && /\.(?:md|html)$|\/[^.]*$/.test(file);
    if (isPage) return href;
    if (!existsSync(file)) throw new Error(`${page} links to ${href}, which is not there.`);
    return `${REPOSITORY}/blob/main/${relative(ROOT, file)}${fragment ? `#${fragment}` : ""}`;
  },
  /** The Markdown of a page, with such links. */
  inMarkdown: (path, text) =>
    text
      .replaceAll(/\]\(([^)\s]+)\)/g, (_, href) => `](${outOfDocs.ofPage(`${path}.md`, href)})`)
      .replaceAll(
        /((?:src|srcset)=")([^"]+)(")/g,
        (_, before, href, after) => `${before}${outOfDocs.ofPage(`${path}.md`, href)}${after}`,
      ),
};

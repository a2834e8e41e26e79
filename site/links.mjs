// Links that lead nowhere fail the build: to a heading of the site as it was built, and to a file or a heading of the repository's own Markdown.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { headingsIn, withoutCode } from "./slug.mjs";

/** What a server adds to an address (`cleanUrls`). */
const ENDINGS = ["", ".html", "/index.html"];

export function checkLinks(root, site) {
  const dead = [...deadInSite(site), ...deadInRepository(root)];
  if (dead.length > 0) throw new Error(`Links that lead nowhere:\n  ${dead.join("\n  ")}`);
}

function deadInSite(site) {
  const pages = new Map(
    readdirSync(site, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".html"))
      .map((file) => [resolve(site, file), readFileSync(resolve(site, file), "utf8")]),
  );
  const ids = new Map(
    [...pages].map(([file, html]) => [
      file,
      new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)),
    ]),
  );
  return [...pages].flatMap(([file, html]) =>
    [...html.matchAll(/<a [^>]*href="([^"]+)"/g)]
      .map(([, href]) => href.replaceAll("&amp;", "&"))
      .filter((href) => !/^[a-z]+:/.test(href))
      .filter((href) => {
        const [path, fragment] = href.split("#");
        const target = resolve(
          path.startsWith("/") ? site : dirname(file),
          `.${path.startsWith("/") ? "" : "/"}${path}`,
        );
        const found = path === "" ? file : ENDINGS.map((ending) => target + ending).find(isFile);
        if (found === undefined) return true;
        return fragment !== undefined && ids.has(found) && !ids.get(found).has(decodeURIComponent(fragment));
      })
      .map((href) => `${relative(site, file)} of the site: ${href}`),
  );
}

function deadInRepository(root) {
  // What begins the pages of the reference has the links of those, and is looked at in the site.
  const { stdout } = spawnSync("git", ["ls-files", "-z", "*.md", ":!site/entry-points"], {
    cwd: root,
    encoding: "utf8",
  });
  const files = stdout.split("\0").filter((file) => file !== "" && existsSync(resolve(root, file)));
  return files.flatMap((file) => {
    const prose = withoutCode(readFileSync(resolve(root, file), "utf8"));
    return [...prose.matchAll(/\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"/g)]
      .map(([, link, html]) => link ?? html)
      .filter((href) => !/^(?:[a-z]+:|\/)/.test(href))
      .filter((href) => {
        const [path, fragment] = href.split("#");
        const target = path === "" ? resolve(root, file) : resolve(root, dirname(file), decodeURI(path));
        if (!existsSync(target)) return !target.includes("/docs/reference/");
        return (
          fragment !== undefined &&
          target.endsWith(".md") &&
          !headingsIn(readFileSync(target, "utf8")).has(fragment)
        );
      })
      .map((href) => `${file}: ${href}`);
  });
}

function isFile(path) {
  return existsSync(path) && statSync(path).isFile();
}

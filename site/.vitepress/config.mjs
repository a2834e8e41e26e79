import { createRequire } from "node:module";
import { existsSync, readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { defineConfig } from "vitepress";
import { CHAPTERS } from "../pages.mjs";

const ROOT = resolve(import.meta.dirname, "../..");
const DOCS = `${ROOT}/docs`;
const { repository } = JSON.parse(readFileSync(`${ROOT}/packages/core/package.json`, "utf8"));
const REPOSITORY = repository.url.replace(/^git\+|\.git$/g, "");

const VUE = dirname(createRequire(import.meta.url).resolve("vue/package.json"));

export default defineConfig({
  title: "Loopkey",
  description:
    "Signs people in to native apps: CLIs, Electron apps, anything that runs on a person's own machine.",
  srcDir: "../docs",
  outDir: "dist",
  cacheDir: ".vitepress/cache",
  cleanUrls: true,
  // A page that is linked to and is not there fails the build.
  ignoreDeadLinks: false,
  markdown: {
    config: (md) => {
      md.core.ruler.push("links-to-the-repository", leadOut);
    },
  },
  // The pages are in another folder than what they are made with.
  vite: {
    resolve: {
      alias: [
        { find: /^vue$/, replacement: VUE },
        { find: "vue/server-renderer", replacement: `${VUE}/server-renderer` },
      ],
    },
  },
  themeConfig: {
    search: { provider: "local" },
    socialLinks: [{ icon: "github", link: REPOSITORY }],
    nav: [
      { text: "Start", link: "/start/cli" },
      { text: "API", link: "/api" },
      { text: "Comparison", link: "/comparison" },
    ],
    sidebar: CHAPTERS.map(({ title, pages }) => ({
      text: title,
      items: pages.map(([text, path]) => ({ text, link: `/${path}` })),
    })),
    outline: [2, 3],
  },
});

/** What is in the repository and not in docs/ is linked to there. A file that is not there fails the build. */
function leadOut({ tokens, env }) {
  for (const token of tokens.flatMap(({ children }) => children ?? [])) {
    const href = token.type === "link_open" ? token.attrGet("href") : null;
    if (href === null || /^(?:[a-z]+:|#|\/)/.test(href)) continue;
    const [path, fragment] = href.split("#");
    const file = resolve(dirname(resolve(DOCS, env.relativePath)), decodeURI(path));
    const isPage = file.startsWith(`${DOCS}/`) && /\.(?:md|html)$|\/[^.]*$/.test(file);
    if (isPage) continue;
    if (!existsSync(file)) throw new Error(`${env.relativePath} links to ${href}, which is not there.`);
    token.attrSet("href", `${REPOSITORY}/blob/main/${relative(ROOT, file)}${fragment ? `#${fragment}` : ""}`);
  }
}

import { createRequire } from "node:module";
import { dirname } from "node:path";
import { defineConfig } from "vitepress";
import { outOfDocs, REPOSITORY } from "../out-of-docs.mjs";
import { CHAPTERS } from "../pages.mjs";
import { slugOf } from "../slug.mjs";

const VUE = dirname(createRequire(import.meta.url).resolve("vue/package.json"));

export default defineConfig({
  title: "Loopkey",
  description:
    "Signs people in to native apps: CLIs, Electron apps, anything that runs on a person's own machine.",
  srcDir: "../docs",
  outDir: "dist",
  cacheDir: ".vitepress/cache",
  cleanUrls: true,
  // A page that is linked to and is not there fails the build; so does a heading (links.mjs).
  ignoreDeadLinks: false,
  markdown: {
    anchor: { slugify: slugOf },
    config: (md) => {
      md.core.ruler.push("links-to-the-repository", leadOut);
      // Code by indentation looks like fenced code, and scrolls by itself on a narrow screen: else the page would.
      md.renderer.rules.code_block = (tokens, index, ...rest) => {
        tokens[index].info = "text";
        return md.renderer.rules.fence(tokens, index, ...rest);
      };
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

/** What is in the repository and not in docs/ is linked to there. */
function leadOut({ tokens, env }) {
  for (const token of tokens.flatMap(({ children }) => children ?? [])) {
    const href = token.type === "link_open" ? token.attrGet("href") : null;
    if (href !== null) token.attrSet("href", outOfDocs.ofPage(env.relativePath, href));
  }
}

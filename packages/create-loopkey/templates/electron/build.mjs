// Makes what Electron runs, in dist/: the main process and the page as one file each, the preload as it is.
import { cpSync, rmSync } from "node:fs";
import { preloadPath } from "@loopkey/electron-adapter/main";
import { build } from "esbuild";

rmSync("dist", { recursive: true, force: true });
await build({
  entryPoints: ["src/main.ts"],
  outfile: "dist/main/main.cjs",
  bundle: true,
  platform: "node",
  format: "cjs",
  // These two have native parts, which no bundler can take in. A packager unpacks them: asarUnpack: "**/*.node"
  external: ["electron", "electron/*", "@napi-rs/keyring", "fs-native-extensions"],
  define: { "import.meta.url": "__fileUrl" },
  banner: { js: "const __fileUrl = require('node:url').pathToFileURL(__filename).href;" },
});
await build({ entryPoints: ["src/page.ts"], outfile: "dist/page/page.js", bundle: true, format: "esm" });
cpSync("src/page.html", "dist/page/index.html");
cpSync(preloadPath, "dist/preload/preload.cjs");

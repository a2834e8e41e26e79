// The page: plain files beside the main process, nothing inline, so that its Content-Security-Policy can be strict.
import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  build: {
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What the Electron of the tests has; a newer one runs it too.
    target: "chrome114",
  },
});

// For preloads that are bundled.

/**
 * Puts `window.loopkey` into the page's world, for `connectAuth` of `@loopkey/electron-adapter/renderer`, and opens the port
 * to the main process. Call it once, at the top of a preload that a bundler makes into one CommonJS file; without a bundler
 * give the window `preloadPath` of `@loopkey/electron-adapter/main` instead.
 *
 * @example
 * ```ts
 * import { exposeAuth } from "@loopkey/electron-adapter/preload";
 *
 * exposeAuth();
 * ```
 */
export function exposeAuth(): void {
  // The file runs when it is loaded, once: a bundler keeps it for this moment.
  require("./preload.cjs");
}

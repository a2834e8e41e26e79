// Where the preload is that needs no bundler.
import { fileURLToPath } from "node:url";
import { here } from "./electron.js";

/**
 * The preload for `webPreferences.preload`, an absolute path: one CommonJS file that a sandbox can run. A bundle of the main
 * process must have the file beside it, as `preload/preload.cjs` above its folder; or bundle a preload of your own with
 * `exposeAuth` of `@loopkey/electron-adapter/preload`.
 */
export const preloadPath: string = fileURLToPath(new URL("../preload/preload.cjs", here()));

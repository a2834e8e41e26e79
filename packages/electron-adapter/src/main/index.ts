// The main process: it owns the session.
export { createElectronPorts, type ElectronPortsOptions } from "./create-electron-ports.js";
export type { AppWindow, ElectronMain } from "./electron.js";
export type { FetchRule } from "./inside/fetch-rules.js";
export type { Refusal } from "./inside/refusals.js";
export type { ServeAuthOptions } from "./inside/serve-options.js";
export type { Allowed } from "./inside/window-state.js";
export { preloadPath } from "./preload-path.js";
export { serveAuth, type ServedAuth } from "./serve-auth.js";

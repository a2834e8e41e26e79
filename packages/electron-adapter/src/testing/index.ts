// For tests of an app's main process.
export {
  createElectronDouble,
  type ElectronDouble,
  type ElectronDoubleMain,
  type ElectronDoubleOptions,
  type SeenSession,
} from "./create-electron-double.js";
export type { DoubleApp } from "./inside/app.js";
export type { SeenNetRequest } from "./inside/net.js";
export type { DoublePage, DoubleWindow } from "./inside/page.js";
export type { Backend, DoubleSafeStorage } from "./inside/safe-storage.js";
export type { DoubleBrowserWindow, DoubleContents } from "./inside/windows.js";

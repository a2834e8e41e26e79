// The ports of @loopkey/core for Node.
export { createNodePorts, type NodePortsOptions } from "./create-node-ports.js";
export { createKeyringStore, type KeyringStoreOptions } from "./keyring-store.js";
export {
  createLoopbackListener,
  type ListenerLimits,
  type LoopbackListenerOptions,
} from "./loopback-listener.js";
export { createBrowserLauncher, type BrowserLauncherOptions } from "./open-browser.js";
export { systemClock } from "./system-clock.js";

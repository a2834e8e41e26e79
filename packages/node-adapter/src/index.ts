// The ports of @loopkey/core for Node.
export { createAutoStore, type AutoStoreOptions } from "./auto-store.js";
export { createNodePorts, type NodePortsOptions, type StoreChoice } from "./create-node-ports.js";
export type { EncryptedFileFailureCode } from "./encrypted-file-failures.js";
export type { FileSecret, SecretSource } from "./encrypted-file-key.js";
export { createEncryptedFileStore, type EncryptedFileStoreOptions } from "./encrypted-file-store.js";
export type { Environment } from "./environment.js";
export type { KeyringBackend, KeyringEntry } from "./keyring-backend.js";
export type { KeyringFailureCode } from "./keyring-failures.js";
export { createKeyringStore, type KeyringStoreOptions } from "./keyring-store.js";
export {
  createLoopbackListener,
  type ListenerLimits,
  type LoopbackListenerOptions,
} from "./loopback-listener.js";
export { createBrowserLauncher, type BrowserLauncherOptions } from "./open-browser.js";
export { secretFromEnvironment } from "./passphrase.js";
export type { LockFailureCode } from "./process-lock.js";
export type { FolderFailureCode } from "./state-folder.js";
export { systemClock } from "./system-clock.js";

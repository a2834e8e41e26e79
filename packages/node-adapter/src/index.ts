// The ports of @loopkey/core for Node.
export {
  APP_FILE_EXTENSION,
  createRefusingStore,
  type RefusingStoreOptions,
} from "./app-file/refusing-store.js";
export { createNamedKeyring, type NamedKeyringOptions } from "./auto-store/named-keyring.js";
export { createAutoStore, type AutoStoreOptions } from "./auto-store/store.js";
export { createBrowserLauncher, type BrowserLauncherOptions } from "./browser/launcher.js";
export { systemClock } from "./clock/system.js";
export { createNodePorts, type NodePortsOptions, type StoreChoice } from "./create-node-ports.js";
export { createEncryptedFileStore, type EncryptedFileStoreOptions } from "./encrypted-file/store.js";
export type { NetworkOptions } from "./fetch/network.js";
export type { Environment } from "./ground/environment.js";
export { giveNativeParts, type NativeParts } from "./ground/native-parts.js";
export { homeFolder, homeVariable } from "./ground/home.js";
export { systemName } from "./ground/system-name.js";
export { createJournal, type JournalOptions } from "./journal/journal.js";
export type { KeyringBackend, KeyringEntry } from "./keyring/backend.js";
export type { KeyringFailureCode } from "./keyring/failure-codes.js";
export {
  createKeyringStore,
  type KeyringLoadOptions,
  type KeyringStore,
  type KeyringStoreOptions,
} from "./keyring/store.js";
export type { LockFailureCode } from "./lock/failures.js";
export {
  createLoopbackListener,
  type ListenerLimits,
  type LoopbackListenerOptions,
} from "./loopback/listener.js";
export { secretFromEnvironment } from "./passphrase/from-environment.js";
export type { FileSecret, SecretSource } from "./passphrase/secret.js";
export type { EncryptedFileFailureCode } from "./private-files/failures.js";
export { replaceFile, replaceUnsynced } from "./private-files/file.js";
export type { FolderFailureCode } from "./private-files/folder.js";
export { hintOfPlace, placeOfAnother, type AnothersPlace } from "./private-files/whose-place.js";
export {
  createSessionFile,
  type OpenSessionFile,
  type SessionFileOptions,
  type UseSessionFile,
} from "./private-files/session-file.js";

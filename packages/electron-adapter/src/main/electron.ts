// What of Electron is used in the main process, so that a double can stand in its place.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { shell } from "electron/common";
import type * as Electron from "electron/main";

type On<Event extends string, Args extends readonly unknown[]> = (
  event: Event,
  listener: (...args: Args) => void,
) => unknown;

/** An event that can be stopped. */
interface Preventable {
  readonly defaultPrevented?: boolean;
  preventDefault(): void;
}

/** Events that are listened to for a while. */
interface Emitter<Events> {
  readonly on: Events;
  readonly off: Events;
}

/** A frame, as the sender of a message shows it. */
export interface Frame {
  readonly url: string;
  readonly origin: string;
  readonly parent: Frame | null;
  /** Stays when the frame navigates. */
  readonly frameTreeNodeId: number;
}

/** What is in a window. */
export interface Contents {
  readonly mainFrame: Frame;
  readonly getType: () => string;
}

/** A window of the app: a `BrowserWindow`. */
export interface AppWindow {
  readonly webContents: Contents;
  readonly on: On<"query-session-end", [event: Preventable]> & On<"closed", []>;
  readonly off: On<"query-session-end", [event: Preventable]> & On<"closed", []>;
}

/** The main process's end of a channel: a `MessagePortMain`. */
export interface Port {
  readonly on: On<"message", [{ readonly data: unknown; readonly ports: readonly Port[] }]> & On<"close", []>;
  readonly postMessage: (message: unknown) => void;
  readonly start: () => void;
  readonly close: () => void;
}

/** A message of `ipcMain`. */
export interface Arrival {
  readonly sender: Contents;
  readonly senderFrame: Frame | null;
  readonly ports: readonly Port[];
}

/** The part of Electron that this package uses in the main process: of `electron/main`, and `shell` of `electron/common`. */
export interface ElectronMain {
  readonly app: Emitter<On<"will-quit", [event: Preventable]>> &
    Pick<Electron.App, "isReady" | "whenReady" | "getName" | "quit" | "focus">;
  readonly ipcMain: Emitter<On<string, [event: Arrival, message: unknown]>>;
  readonly powerMonitor: Emitter<On<"resume", []> & On<"unlock-screen", []>>;
  readonly net: {
    readonly request: (options: Electron.ClientRequestConstructorOptions) => Electron.ClientRequest;
  };
  readonly session: Pick<typeof Electron.session, "fromPartition">;
  readonly shell: Pick<typeof shell, "openExternal">;
  readonly safeStorage: Pick<
    Electron.SafeStorage,
    "isEncryptionAvailable" | "encryptString" | "decryptString"
  > &
    // Asynchronous from 45 on, and only that from 46 on.
    Partial<
      Pick<
        Electron.SafeStorage,
        | "getSelectedStorageBackend"
        | "isAsyncEncryptionAvailable"
        | "encryptStringAsync"
        | "decryptStringAsync"
      >
    >;
  readonly BrowserWindow: {
    readonly getAllWindows: () => readonly Pick<
      Electron.BrowserWindow,
      "isDestroyed" | "isMinimized" | "isVisible" | "restore" | "focus"
    >[];
  };
}

/**
 * Electron's own. Taken when it is needed, so that the package can be loaded where it is not: in a test, which passes its
 * double. Throws an Error that says so.
 */
export function loadElectron(): ElectronMain {
  const { type }: { readonly type?: string } = process;
  // Elsewhere the package of this name would download Electron.
  if (type === "browser") return createRequire(here())("electron") as ElectronMain;
  throw new Error(
    "This is no main process of Electron. In a test pass the double: " +
      'electron: createElectronDouble().main, from "@loopkey/electron-adapter/testing".',
  );
}

/** In a CommonJS bundle there is no `import.meta.url`. */
export function here(): string {
  const { url }: { readonly url?: string } = import.meta;
  return url ?? pathToFileURL(__filename).href;
}

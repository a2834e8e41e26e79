// A double of Electron's main process, so that an app's own is tested in Node.
import { EventEmitter } from "node:events";
import type {
  BrowserWindowConstructorOptions,
  ClientRequest,
  ClientRequestConstructorOptions,
  Session,
} from "electron/main";
import type { ElectronMain } from "../main/electron.js";
import { DoubleApp } from "./inside/app.js";
import { DoubleClientRequest, type SeenNetRequest } from "./inside/net.js";
import type { Deliver } from "./inside/page.js";
import { DoubleSafeStorage } from "./inside/safe-storage.js";
import { DoubleBrowserWindow, DoubleContents, type DoubleScreen } from "./inside/windows.js";

export interface ElectronDoubleOptions {
  /** @default "Double" */
  readonly appName?: string;
  /** Whether the app is ready from the start. @default true */
  readonly ready?: boolean;
  /** What the person does with an address that opens in their browser. @default nothing */
  readonly person?: (url: string) => unknown;
}

/** What stands for `electron/main`. */
export interface ElectronDoubleMain {
  readonly app: DoubleApp;
  readonly BrowserWindow: {
    new (options?: BrowserWindowConstructorOptions): DoubleBrowserWindow;
    getAllWindows(): DoubleBrowserWindow[];
  };
  readonly ipcMain: EventEmitter;
  readonly powerMonitor: EventEmitter;
  readonly safeStorage: DoubleSafeStorage;
  readonly net: ElectronMain["net"];
  readonly session: ElectronMain["session"];
  readonly shell: ElectronMain["shell"];
}

export interface ElectronDouble {
  readonly main: ElectronDoubleMain;
  /** Every address that was opened in the person's browser. */
  readonly opened: readonly string[];
  /** Every request of `net`. */
  readonly requests: readonly SeenNetRequest[];
  /** Every session that was asked for. */
  readonly sessions: readonly SeenSession[];
  /** A `webview`, which runs a preload and says of itself that it is a main frame. */
  webview(preload?: string): DoubleContents;
}

/** A session as it was asked for. */
export interface SeenSession {
  readonly partition: string;
  readonly cache: boolean | undefined;
}

/**
 * A double of `electron/main` (and `shell` of `electron/common`), as far as sign-in needs it: hand `main` to `createElectronPorts`
 * and `serveAuth` as `electron`, or let it stand for the module in your tests. Windows have documents with a preload in a sandbox;
 * ports are Node's; `net.request` sends real requests; nothing is drawn. Each member is checked against Electron's declarations.
 *
 * @example
 * ```ts
 * const double = createElectronDouble();
 * const client = createAuthClient(
 *   { issuer: "https://id.example.com", clientId: "notes-desktop" },
 *   createElectronPorts({ appName: "Example Notes", store: "memory", electron: double.main }),
 * );
 * const auth = serveAuth(client, { origins: ["app://notes"], electron: double.main });
 * const window = new double.main.BrowserWindow({ webPreferences: { preload: preloadPath } });
 * auth.addWindow(window);
 * await window.loadURL("app://notes/index.html");
 * const inWindow = connectAuth({ window: window.webContents.page.window });
 * ```
 */
export function createElectronDouble(options: ElectronDoubleOptions = {}): ElectronDouble {
  const { appName = "Double", ready = true, person = () => {} } = options;
  const opened: string[] = [];
  const requests: SeenNetRequest[] = [];
  const sessions: SeenSession[] = [];
  const ipcMain = new EventEmitter();
  const deliver: Deliver = (channel, event, message) => void ipcMain.emit(channel, event, message);
  const screen: DoubleScreen = {
    windows: new Set(),
    deliver,
    onAllClosed: () => app.emit("window-all-closed"),
  };
  const app = new DoubleApp({
    name: appName,
    isReady: ready,
    closeWindows: () => {
      for (const window of screen.windows) window.destroy();
    },
  });
  const safeStorage = new DoubleSafeStorage({ isReady: () => app.isReady(), appName: () => app.getName() });

  const main = {
    app,
    BrowserWindow: class BrowserWindow extends DoubleBrowserWindow {
      static getAllWindows(): DoubleBrowserWindow[] {
        return [...screen.windows];
      }
      constructor(its?: BrowserWindowConstructorOptions) {
        super(screen, its);
      }
    },
    ipcMain,
    powerMonitor: new EventEmitter(),
    safeStorage,
    net: {
      request(its: ClientRequestConstructorOptions) {
        if (!app.isReady()) throw new Error("net module can only be used after app is ready");
        requests.push({ url: its.url ?? "", method: its.method ?? "GET", options: its });
        return new DoubleClientRequest(its) as unknown as ClientRequest;
      },
    },
    session: {
      fromPartition(partition: string, its: { cache: boolean } = { cache: true }) {
        if (!app.isReady()) throw new Error("Session can only be received when app is ready");
        sessions.push({ partition, cache: its.cache });
        return { partition } as unknown as Session;
      },
    },
    shell: {
      async openExternal(url: string): Promise<void> {
        opened.push(url);
        void person(url);
      },
    },
  } satisfies ElectronMain & ElectronDoubleMain;

  return {
    main,
    opened,
    requests,
    sessions,
    webview: (preload) => new DoubleContents("webview", deliver, preload),
  };
}

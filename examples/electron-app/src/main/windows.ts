// A window: the one page in a sandbox, and it goes nowhere else.
import { BrowserWindow } from "electron/main";

export interface WindowOptions {
  readonly url: string;
  readonly preload: string;
  /** The page asks for another window. */
  readonly onAnother: () => void;
}

/** Shown when its page is there; it must be named to `serveAuth` before that. */
export function createWindow({ url, preload, onAnother }: WindowOptions): BrowserWindow {
  const window = new BrowserWindow({
    width: 940,
    height: 680,
    minWidth: 420,
    minHeight: 480,
    show: false,
    autoHideMenuBar: true,
    webPreferences: { preload, sandbox: true, contextIsolation: true, nodeIntegration: false },
  });
  const { webContents } = window;
  webContents.on("will-navigate", (event) => event.preventDefault());
  webContents.on("will-attach-webview", (event) => event.preventDefault());
  webContents.setWindowOpenHandler((wanted) => {
    // "New window" asks for the page itself. Nothing else opens, and nothing of what the page asks for is taken over.
    if (wanted.url === url) onAnother();
    return { action: "deny" };
  });
  webContents.session.setPermissionRequestHandler((_contents, permission, answer) =>
    answer(permission === "clipboard-sanitized-write"),
  );
  window.once("ready-to-show", () => window.show());
  void window.loadURL(url);
  return window;
}

// Windows without a screen: each with the document that it shows.
import { EventEmitter } from "node:events";
import { pathToFileURL } from "node:url";
import type { BrowserWindow, BrowserWindowConstructorOptions, WebContents } from "electron/main";
import type { Frame } from "../../main/electron.js";
import { DoublePage, type Deliver } from "./page.js";

let frames = 0;

interface MutableFrame extends Frame {
  url: string;
  origin: string;
}

/** What is in a window, or in a `webview`. */
export class DoubleContents
  extends EventEmitter
  implements Pick<WebContents, "getType" | "getURL" | "isDestroyed">
{
  readonly #frameTreeNodeId = ++frames;
  #frame: MutableFrame = { url: "", origin: "null", parent: null, frameTreeNodeId: this.#frameTreeNodeId };
  #page: DoublePage | undefined;
  readonly #kind: "window" | "webview";
  readonly #deliver: Deliver;
  readonly #preload: string | undefined;

  constructor(kind: "window" | "webview", deliver: Deliver, preload: string | undefined) {
    super();
    this.#kind = kind;
    this.#deliver = deliver;
    this.#preload = preload;
  }

  get mainFrame(): Frame {
    return this.#frame;
  }

  getType(): "window" | "webview" {
    return this.#kind;
  }

  getURL(): string {
    return this.#frame.url;
  }

  isDestroyed(): boolean {
    return false;
  }

  /** The document that is shown. Throws when there is none. */
  get page(): DoublePage {
    if (!this.#page) throw new Error("The window shows no document: await window.loadURL(...) first.");
    return this.#page;
  }

  async loadURL(url: string): Promise<void> {
    const origin = originOf(url);
    this.end();
    // Within an origin the frame stays the same object, and describes the new document.
    if (origin === this.#frame.origin) this.#frame.url = url;
    else this.#frame = { url, origin, parent: null, frameTreeNodeId: this.#frameTreeNodeId };
    this.#page = new DoublePage({ contents: this, frame: this.#frame, deliver: this.#deliver });
    if (this.#preload !== undefined) this.#page.runPreload(this.#preload);
    // Until what the preload has sent has arrived.
    await new Promise((resolve) => setImmediate(resolve));
    this.emit("did-navigate", {}, url);
  }

  /** `history.pushState`: the address changes, the document stays. */
  pushState(url: string): void {
    this.#frame.url = url;
  }

  /** A frame within the page, with a preload of its own if one is given. */
  addFrame(url: string, preload?: string): DoublePage {
    const frame = { url, origin: originOf(url), parent: this.#frame, frameTreeNodeId: ++frames };
    const page = new DoublePage({ contents: this, frame, deliver: this.#deliver });
    if (preload !== undefined) page.runPreload(preload);
    return page;
  }

  /** The renderer has crashed. */
  crash(): void {
    this.end();
    this.emit("render-process-gone", {}, { reason: "crashed", exitCode: 5 });
  }

  end(): void {
    this.#page?.end();
    this.#page = undefined;
  }
}

/** What the windows of one app share. */
export interface DoubleScreen {
  readonly windows: Set<DoubleBrowserWindow>;
  readonly deliver: Deliver;
  readonly onAllClosed: () => void;
}

export class DoubleBrowserWindow
  extends EventEmitter
  implements
    Pick<
      BrowserWindow,
      | "isDestroyed"
      | "isVisible"
      | "isMinimized"
      | "isFocused"
      | "show"
      | "hide"
      | "minimize"
      | "restore"
      | "focus"
      | "close"
      | "destroy"
      | "loadURL"
      | "loadFile"
    >
{
  readonly webContents: DoubleContents;
  readonly #screen: DoubleScreen;
  #isVisible: boolean;
  #isMinimized = false;
  #isFocused = false;

  constructor(screen: DoubleScreen, { show = true, webPreferences }: BrowserWindowConstructorOptions = {}) {
    super();
    this.#screen = screen;
    this.#isVisible = show;
    this.webContents = new DoubleContents("window", screen.deliver, webPreferences?.preload);
    screen.windows.add(this);
  }

  isDestroyed(): boolean {
    return !this.#screen.windows.has(this);
  }

  isVisible(): boolean {
    return this.#isVisible && !this.#isMinimized;
  }

  isMinimized(): boolean {
    return this.#isMinimized;
  }

  isFocused(): boolean {
    return this.#isFocused;
  }

  show(): void {
    this.#isVisible = true;
    this.focus();
  }

  hide(): void {
    this.#isVisible = false;
  }

  minimize(): void {
    this.#isMinimized = true;
    this.#isFocused = false;
  }

  restore(): void {
    this.#isMinimized = false;
  }

  focus(): void {
    for (const window of this.#screen.windows) window.#isFocused = window === this;
  }

  loadURL(url: string): Promise<void> {
    return this.webContents.loadURL(url);
  }

  loadFile(path: string): Promise<void> {
    return this.loadURL(pathToFileURL(path).href);
  }

  close(): void {
    this.destroy();
  }

  destroy(): void {
    const { windows, onAllClosed } = this.#screen;
    if (!windows.delete(this)) return;
    this.webContents.end();
    this.emit("closed");
    if (windows.size === 0) onAllClosed();
  }
}

function originOf(url: string): string {
  const { protocol, host } = new URL(url);
  if (protocol === "file:") return "file://";
  return host === "" ? "null" : `${protocol}//${host}`;
}

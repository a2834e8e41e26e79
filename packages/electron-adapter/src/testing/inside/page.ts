// A document in a window: its preload in a sandbox, its own world, and no more of a browser than sign-in needs.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { compileFunction } from "node:vm";
import type { MessagePort } from "node:worker_threads";
import type { Contents, Frame } from "../../main/electron.js";
import type { Bridge } from "../../wire.js";
import { createPagePorts, DoublePort } from "./ports.js";

/** What a sandboxed preload can require beside `electron`. */
const BUILT_IN: ReadonlySet<string> = new Set(["events", "timers", "url"]);

/** How a message reaches `ipcMain`. */
export type Deliver = (channel: string, event: DeliveredEvent, message: unknown) => void;

interface DeliveredEvent {
  readonly sender: Contents;
  readonly senderFrame: Frame | null;
  readonly ports: readonly DoublePort[];
}

export interface PageOptions {
  readonly contents: Contents;
  readonly frame: Frame;
  readonly deliver: Deliver;
}

/** The page's `window`, as far as it goes: an event target that can send messages to itself, with what a preload exposes. */
export interface DoubleWindow {
  addEventListener(type: string, listener: (event: MessageEvent) => void): void;
  removeEventListener(type: string, listener: (event: MessageEvent) => void): void;
  dispatchEvent(event: Event): boolean;
  readonly postMessage: (message: unknown, targetOrigin: string, transfer?: readonly unknown[]) => void;
  readonly loopkey?: Bridge;
  readonly [exposed: string]: unknown;
}

/** One document. */
export class DoublePage {
  /** Its world: `connectAuth({ window: page.window })`. */
  readonly window: DoubleWindow;
  readonly frame: Frame;
  readonly #options: PageOptions;
  readonly #ports = createPagePorts();
  #isGone = false;

  constructor(options: PageOptions) {
    this.#options = options;
    this.frame = options.frame;
    this.window = createWindow();
  }

  /** Runs a file as a sandboxed preload: before the page's own scripts, in a world of its own. Throws what it throws. */
  runPreload(path: string): void {
    const names = ["require", "module", "exports", "window", "MessageChannel"];
    const module = { exports: {} };
    const run = compileFunction(readFileSync(path, "utf8"), names, { filename: path });
    const require = (name: string): unknown => {
      if (name === "electron" || name === "electron/renderer") return this.electron;
      if (BUILT_IN.has(name)) return createRequire(import.meta.url)(name);
      throw new Error(`module not found: ${name}`);
    };
    run(require, module, module.exports, isolated(this.window), this.#ports.MessageChannel);
  }

  /** What `require("electron")` gives to its preload. */
  get electron() {
    return { contextBridge: this.#contextBridge, ipcRenderer: this.#ipcRenderer };
  }

  readonly #contextBridge = {
    exposeInMainWorld: (name: string, api: unknown): void => {
      if (name in this.window)
        throw new Error("Cannot bind an API on top of an existing property on the window object");
      Object.defineProperty(this.window, name, { value: copied(api), enumerable: true });
    },
  };

  readonly #ipcRenderer = {
    postMessage: (channel: string, message: unknown, transfer: readonly unknown[] = []): void => {
      const sent: unknown = structuredClone(message);
      const { contents, frame, deliver } = this.#options;
      setImmediate(() => {
        if (this.#isGone) return;
        const ports = transfer.map((port) => new DoublePort(port as MessagePort));
        deliver(channel, { sender: contents, senderFrame: frame, ports }, sent);
      });
    },
  };

  /** It is left, reloaded, or its process has crashed. */
  end(): void {
    this.#isGone = true;
    this.#ports.closeAll();
  }
}

function createWindow(): DoubleWindow {
  const window = new EventTarget();
  const postMessage = (data: unknown, _targetOrigin: string, transfer: readonly unknown[] = []): void => {
    const event = new MessageEvent("message", { data: structuredClone(data), ports: transfer as [] });
    // Node's takes no window for a source.
    Object.defineProperty(event, "source", { value: window });
    setImmediate(() => EventTarget.prototype.dispatchEvent.call(window, event));
  };
  return Object.assign(window, { postMessage }) as unknown as DoubleWindow;
}

/** The same window as another world sees it: what a page puts on it is not there. */
function isolated(window: DoubleWindow): DoubleWindow {
  const { postMessage } = window;
  return {
    addEventListener: (type, listener) =>
      EventTarget.prototype.addEventListener.call(window, type, listener as (event: Event) => void),
    removeEventListener: (type, listener) =>
      EventTarget.prototype.removeEventListener.call(window, type, listener as (event: Event) => void),
    dispatchEvent: EventTarget.prototype.dispatchEvent.bind(window),
    postMessage,
  };
}

/** As what crosses to another world: copied and frozen, its functions called with copies. */
function copied(value: unknown): unknown {
  if (typeof value === "function") {
    const call = value as (...args: unknown[]) => unknown;
    return (...args: unknown[]) => copied(call(...args.map(copied)));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.freeze(Object.fromEntries(Object.entries(value).map(([name, each]) => [name, copied(each)])));
}

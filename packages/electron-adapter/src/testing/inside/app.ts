// The app itself: ready, or not yet; and what quitting comes to.
import { EventEmitter } from "node:events";
import { setImmediate } from "node:timers";
import type { App } from "electron/main";

export interface DoubleAppOptions {
  readonly name: string;
  readonly isReady: boolean;
  readonly closeWindows: () => void;
}

export class DoubleApp
  extends EventEmitter
  implements
    Pick<App, "isReady" | "whenReady" | "getName" | "setName" | "focus" | "quit" | "exit" | "isPackaged">
{
  readonly isPackaged = false;
  /** How often the app came to the front. */
  focused = 0;
  /** What the process ended with; undefined while it runs. */
  exitCode: number | undefined;
  #name: string;
  #isReady = false;
  #isQuitting = false;
  #becomeReady!: () => void;
  readonly #ready: Promise<void>;
  readonly #closeWindows: () => void;

  constructor({ name, isReady, closeWindows }: DoubleAppOptions) {
    super();
    this.#name = name;
    this.#closeWindows = closeWindows;
    this.#ready = new Promise((resolve) => (this.#becomeReady = resolve));
    if (isReady) this.becomeReady();
  }

  /** From now on `net` and `safeStorage` work. */
  becomeReady(): void {
    this.#isReady = true;
    this.#becomeReady();
    this.emit("ready");
  }

  isReady(): boolean {
    return this.#isReady;
  }
  whenReady(): Promise<void> {
    return this.#ready;
  }
  getName(): string {
    return this.#name;
  }
  setName(name: string): void {
    this.#name = name;
  }
  focus(): void {
    this.focused++;
  }

  /**
   * Asks `before-quit`, closes the windows, asks `will-quit`; whoever prevents it is to call it again, and is not heard before
   * Electron knows of that: once all is done that the listener has begun.
   */
  quit(): void {
    if (this.exitCode !== undefined || this.#isQuitting) return;
    if (this.#isPrevented("before-quit")) return;
    this.#closeWindows();
    this.#isQuitting = true;
    if (!this.#isPrevented("will-quit")) return this.exit(0);
    setImmediate(() => (this.#isQuitting = false));
  }

  exit(code = 0): void {
    this.exitCode ??= code;
    this.emit("quit", {}, code);
  }

  #isPrevented(name: string): boolean {
    const event = {
      defaultPrevented: false,
      preventDefault() {
        event.defaultPrevented = true;
      },
    };
    this.emit(name, event);
    return event.defaultPrevented;
  }
}

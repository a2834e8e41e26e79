// Ports between a page and the main process: Node's own, in the clothes of Electron's.
import { EventEmitter } from "node:events";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { MessagePortMain } from "electron/main";

/** Which port of Node's is behind one of Electron's. */
const nodePorts = new WeakMap<object, MessagePort>();

/** The main process's end: a `MessagePortMain`. */
export class DoublePort
  extends EventEmitter
  implements Pick<MessagePortMain, "close" | "postMessage" | "start">
{
  readonly #port: MessagePort;

  constructor(port: MessagePort) {
    super();
    this.#port = port;
    nodePorts.set(this, port);
    port.on("close", () => this.emit("close"));
  }

  /** What comes before is kept until now. */
  start(): void {
    // As an event target, which unlike the emitter gives the ports that came with a message.
    (this.#port as unknown as EventTarget).addEventListener("message", (event) => {
      const { data, ports } = event as MessageEvent;
      this.emit("message", {
        data,
        ports: ports.map((port) => new DoublePort(port as unknown as MessagePort)),
      });
    });
    this.#port.unref();
  }

  postMessage(message: unknown, transfer: readonly object[] = []): void {
    this.#port.postMessage(
      message,
      transfer.map((port) => nodePorts.get(port)!),
    );
  }

  close(): void {
    this.#port.close();
  }
}

export interface PagePorts {
  /** The page's `MessageChannel`. */
  readonly MessageChannel: typeof globalThis.MessageChannel;
  /** The page is gone, and what it had with it. */
  closeAll(): void;
}

export function createPagePorts(): PagePorts {
  const ports = new Set<MessagePort>();
  function PageChannel(): MessageChannel {
    const channel = new MessageChannel();
    for (const port of [channel.port1, channel.port2]) {
      ports.add(port);
      port.unref();
    }
    return channel;
  }
  return {
    MessageChannel: PageChannel as unknown as typeof globalThis.MessageChannel,
    closeAll() {
      for (const port of ports) port.close();
      ports.clear();
    },
  };
}

// A page that does not use `connectAuth`: it says what it likes on the port it was handed.
import type { MessagePort } from "node:worker_threads";
import { HANDOVER } from "../../src/wire.js";
import type { DoublePage } from "../../src/testing/index.js";

export interface RawPage {
  readonly port: MessagePort;
  /** All that the main process has said so far. */
  readonly heard: { readonly type: string; readonly [member: string]: unknown }[];
  readonly say: (message: unknown, ports?: readonly object[]) => void;
  /** Once something has been heard that holds. */
  readonly hears: (type: string) => Promise<{ readonly [member: string]: unknown }>;
}

export async function takePort(page: DoublePage): Promise<RawPage> {
  const port = await new Promise<MessagePort>((resolve) => {
    page.window.addEventListener("message", ({ data, ports }) => {
      if (data === HANDOVER) resolve(ports[0] as unknown as MessagePort);
    });
    page.window.loopkey?.connect();
  });
  const heard: RawPage["heard"] = [];
  const waiting = new Set<() => void>();
  port.on("message", (message: RawPage["heard"][number]) => {
    heard.push(message);
    for (const look of waiting) look();
  });
  port.unref();
  return {
    port,
    heard,
    say: (message, ports = []) => port.postMessage(message, ports as []),
    hears: (type) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = heard.find((message) => message.type === type);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}

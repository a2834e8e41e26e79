// The `fetch` port: the runtime's own, looked up at each call, and a connection of its own while nobody has replaced it.
import type { Fetch } from "@loopkey/core";
import { isRuntimesOwn } from "./inside/runtime.js";
import { fetchOnOwnConnection } from "./transport.js";

/**
 * `globalThis.fetch` at each call, so that whoever replaces it, sets a dispatcher or a proxy is heard. `onOwnConnection` is
 * there only as long as nobody has: what goes out on a connection of our own would pass them by.
 */
export const systemFetch: Fetch = Object.defineProperty(
  (input: string | URL | Request, init?: RequestInit) => globalThis.fetch(input, init),
  "onOwnConnection",
  { get: () => (isRuntimesOwn(globalThis) ? fetchOnOwnConnection : undefined), enumerable: true },
);

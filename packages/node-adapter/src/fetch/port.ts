// The `fetch` port: the runtime's own, looked up at each call, and ways of our own while nobody has replaced it.
import type { Fetch } from "@loopkey/core";
import { isRuntimesOwn } from "./inside/runtime.js";
import { fetchOnOwnConnection, fetchOverHttp } from "./transport.js";

/**
 * `globalThis.fetch` at each call, so that whoever replaces it, sets a dispatcher or a proxy is heard. `bare` and
 * `onOwnConnection` are there only as long as nobody has: what goes out by ways of our own would pass them by.
 */
export const systemFetch: Fetch = Object.defineProperties(
  (input: string | URL | Request, init?: RequestInit) => globalThis.fetch(input, init),
  {
    bare: { get: () => (isRuntimesOwn(globalThis) ? fetchOverHttp : undefined), enumerable: true },
    onOwnConnection: {
      get: () => (isRuntimesOwn(globalThis) ? fetchOnOwnConnection : undefined),
      enumerable: true,
    },
  },
);

// The person's own browser, by the system.
import type { OpenBrowser } from "@loopkey/core";
import type { ElectronMain } from "../electron.js";

const LOOPBACK_HOSTS = ["127.0.0.1", "[::1]", "localhost"];

/**
 * Only `https`, and `http` on loopback: `openExternal` starts whatever program is there for a scheme. It resolves once the
 * system has taken the address, whether a browser opens or not.
 */
export function createOpenExternal({ shell }: Pick<ElectronMain, "shell">): OpenBrowser {
  return async (text, { signal }) => {
    signal.throwIfAborted();
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const isLoopback = url?.protocol === "http:" && LOOPBACK_HOSTS.includes(url.hostname);
    if (!url || !(url.protocol === "https:" || isLoopback))
      throw new Error(
        `Refused to open ${url ? `a URL with ${url.protocol}//${url.hostname}` : "something that is not a URL"} in the ` +
          "browser: it must be https, or http on a loopback host.",
      );
    await shell.openExternal(url.href);
  };
}

// After the person's visit to the browser the app is what they look at.
import type { ListenForRedirect } from "@loopkey/core";
import type { ElectronMain } from "../electron.js";

/** The listener, and once its page has been answered, `focus`. */
export function withFocus(listen: ListenForRedirect, focus: () => void): ListenForRedirect {
  return async (options) => {
    const { redirectUri, response } = await listen(options);
    return {
      redirectUri,
      response: response.then(({ url, respond }) => ({
        url,
        respond: async (page) => {
          await respond(page);
          focus();
        },
      })),
    };
  };
}

/** The first window that is there to be seen, restored if it is minimized. One that the app hides stays hidden. */
export function createFocus({ app, BrowserWindow }: Pick<ElectronMain, "app" | "BrowserWindow">): () => void {
  return () => {
    const window = BrowserWindow.getAllWindows().find(
      (each) => !each.isDestroyed() && (each.isVisible() || each.isMinimized()),
    );
    if (window?.isMinimized()) window.restore();
    window?.focus();
    app.focus({ steal: true });
  };
}

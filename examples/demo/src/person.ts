// Who presses "Sign in": a person at this machine's browser, or, without a display, the demo itself by HTTP.
import type { OpenBrowser } from "@loopkey/core";
import { signInByHttp } from "@loopkey/example-identity-provider";

export interface Account {
  readonly username: string;
  readonly password: string;
}

/** Whether a person can see a browser window here. */
export function hasDisplay(env: NodeJS.ProcessEnv = process.env): boolean {
  if (env["CI"] || env["SSH_CONNECTION"]) return false;
  if (process.platform !== "linux") return true;
  return Boolean(env["DISPLAY"] || env["WAYLAND_DISPLAY"]);
}

/**
 * A browser and its person in one function: follows the URL, fills in the forms, allows, and follows the redirect to
 * the app. `onPage` is told what the app's own page said, `onError` what went wrong.
 */
export function playPerson(
  account: Account,
  onPage: (title: string) => void,
  onError: (error: unknown) => void,
): OpenBrowser {
  async function play(url: string, signal: AbortSignal): Promise<void> {
    const redirect = await signInByHttp(url, { ...account, signal });
    const page = await (await fetch(redirect)).text();
    onPage(/<h1[^>]*>([^<]*)/.exec(page)?.[1] ?? "nothing");
  }
  // Like a real launcher this resolves once the browser is open, not when the person is done.
  return async (url) => void play(url, AbortSignal.timeout(15_000)).catch(onError);
}

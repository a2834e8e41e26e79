// Who presses "Sign in": a person at this machine's browser, or, without a display, the demo itself by HTTP.
import type { OpenBrowser } from "@loopkey/core";
import { createPerson } from "@loopkey/example-identity-provider";

interface Account {
  readonly username: string;
  readonly password: string;
}

/** Whether a person can see a browser window here. */
export function hasDisplay(env: NodeJS.ProcessEnv = process.env): boolean {
  if (env["CI"] || env["SSH_CONNECTION"]) return false;
  if (process.platform !== "linux") return true;
  return Boolean(env["DISPLAY"] || env["WAYLAND_DISPLAY"]);
}

interface PlayOptions {
  readonly issuer: string;
  readonly account: Account;
  /** Told what the app's own page said in the end. */
  readonly onPage: (title: string) => void;
  readonly onError: (error: unknown) => void;
}

/** A browser and its person in one function: follows the URL, fills in the forms, allows, and comes back to the app. */
export function playPerson({ issuer, account, onPage, onError }: PlayOptions): OpenBrowser {
  const person = createPerson(account);

  async function play(url: string, signal: AbortSignal): Promise<void> {
    // Signing out begins at a one-time address of the app, which sends the browser on.
    const isAtServer = new URL(url).origin === new URL(issuer).origin;
    const atServer = isAtServer
      ? url
      : (await fetch(url, { redirect: "manual", signal })).headers.get("location");
    const redirect = await person.follow(atServer ?? url, { signal });
    const page = await (await fetch(redirect, { signal })).text();
    onPage(/<h1[^>]*>([^<]*)/.exec(page)?.[1] ?? "nothing");
  }
  // Like a real launcher this resolves once the browser is open, not when the person is done.
  return async (url) => void play(url, AbortSignal.timeout(15_000)).catch(onError);
}

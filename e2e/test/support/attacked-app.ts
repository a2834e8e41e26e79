// An app that waits for its redirect, all that arrives at its port meanwhile, and the person who comes in the end.
import { signInByHttp } from "@loopkey/example-identity-provider";
import type { Session, StrayReason } from "@loopkey/core";
import { createNodePorts } from "@loopkey/node-adapter";
import type { BrowserContext, Response } from "playwright-core";
import { expect } from "vitest";
import { APP_NAME, createApp, startServer, type App, type Server } from "./app.js";
import { redirectOf } from "./redirect.js";

export interface AttackedApp extends App {
  readonly server: Server;
  readonly url: string;
  /** Where the redirect would go, with the right state and a code that the server never gave. */
  readonly redirect: URL;
  /** Everything in it that only the person's browser may know. */
  readonly secrets: readonly string[];
  /** Why each request was refused, in order. An app is told of a part, where there are many. */
  readonly strays: readonly StrayReason[];
  /** Resolves when so many have been refused. */
  strayed(count: number): Promise<void>;
  readonly signingIn: Promise<Session>;
}

export async function startAttackedApp(): Promise<AttackedApp> {
  const server = await startServer();
  const strays: StrayReason[] = [];
  let onStray = (): void => {};
  const { listenForRedirect } = createNodePorts({ appName: APP_NAME, store: "memory" });
  const app = createApp(server, {
    ports: {
      listenForRedirect: (options) =>
        listenForRedirect({
          ...options,
          onStray(stray) {
            strays.push(stray.reason);
            options.onStray(stray);
            onStray();
          },
        }),
    },
  });
  const signingIn = app.client.signIn({ openBrowser: false });
  signingIn.catch(() => {});
  const url = await app.authorizationUrl();
  const query = new URL(url).searchParams;
  return {
    ...app,
    server,
    url,
    redirect: redirectOf(url, { code: "forged" }),
    secrets: ["forged", ...["state", "nonce", "code_challenge"].map((name) => query.get(name)!)],
    strays,
    strayed: (count) =>
      new Promise((resolve) => {
        onStray = () => strays.length >= count && resolve();
        onStray();
      }),
    signingIn,
  };
}

/** What the page has done has changed nothing: the same wait, at the same address, for the same state. */
export function expectStillWaiting({ client, trail, url, notices, secrets }: AttackedApp): void {
  expect(client.getState()).toMatchObject({ status: "awaiting-callback", step: "waiting", url });
  expect(trail).toEqual(["awaiting-callback/preparing", "awaiting-callback/waiting"]);
  expect(new Set(notices.map(({ code }) => code))).toEqual(new Set(["stray_request"]));
  for (const secret of secrets) expect(JSON.stringify(notices)).not.toContain(secret);
}

/** The person comes back from the server after all, in the browser of the attack. Returns what the app answered. */
export async function signInAfterAll(app: AttackedApp, context: BrowserContext): Promise<Response> {
  const page = await context.newPage();
  const redirect = await signInByHttp(app.url, app.server.account);
  const answer = await page.goto(redirect);
  expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("You are signed in");
  expect(await app.signingIn).toMatchObject({ subject: "account-ada" });
  expect(app.trail.slice(2)).toEqual(["exchanging", "authenticated"]);
  return answer!;
}

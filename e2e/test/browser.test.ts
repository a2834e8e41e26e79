// A person with a real browser, a real OpenID provider, and an app on the real ports.
import type { AuthConfig, AuthPorts, Session } from "@loopkey/core";
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { APP_NAME, createApp, startServer, type App, type Server } from "./support/app.js";
import { launchChromium, newProfile, newTab, type Tab } from "./support/chromium.js";
import { appPage, logIn, press } from "./support/person-in-browser.js";
import { takePicture } from "./support/pictures.js";
import { CHROMIUM_IS_MISSING, chromiumPath, hasIPv6Loopback, IPV6_IS_MISSING } from "./support/programs.js";
import { takePort } from "./support/redirect.js";

let browser: Browser;

beforeAll(async () => {
  if (chromiumPath) browser = await launchChromium();
});
afterAll(() => browser?.close());
beforeEach((ctx) => ctx.skip(!chromiumPath, CHROMIUM_IS_MISSING));

interface SigningIn extends App, Tab {
  readonly server: Server;
  readonly signingIn: Promise<Session>;
}

interface SignInSetup {
  readonly config?: Partial<AuthConfig>;
  readonly ports?: Partial<AuthPorts>;
  readonly server?: Server;
  readonly profile?: BrowserContext;
  readonly colorScheme?: "light" | "dark";
}

/** Begins to sign in: the app has opened the browser at the server. */
async function begin(setup: SignInSetup = {}): Promise<SigningIn> {
  const server = setup.server ?? (await startServer());
  const tab = await newTab(setup.profile ?? (await newProfile(browser)));
  if (setup.colorScheme) await tab.page.emulateMedia({ colorScheme: setup.colorScheme });
  const app = createApp(server, {
    ...(setup.config ? { config: setup.config } : {}),
    ports: {
      // As a launcher does: the browser goes its own way from here, also when the app is gone.
      openBrowser: async (url) => void tab.page.goto(url).catch(() => {}),
      ...setup.ports,
    },
  });
  const signingIn = app.client.signIn();
  // Looked at by the test, later.
  signingIn.catch(() => {});
  return { ...app, ...tab, server, signingIn };
}

/** Signs in and allows; returns what the page of the app says. */
async function logInAndAllow({ page, server }: SigningIn): Promise<string> {
  await logIn(page, server.account);
  await press(page, "Allow");
  return appPage(page);
}

describe("a person who signs in and allows", () => {
  it("is signed in, and the browser says so", async () => {
    const begun = await begin();
    expect(await logInAndAllow(begun)).toBe("You are signed in");
    expect(await begun.page.title()).toBe(`You are signed in – ${APP_NAME}`);
    await takePicture(begun.page, "signed-in", "page");
    expect(await begun.signingIn).toMatchObject({
      subject: "account-ada",
      scope: ["openid", "offline_access"],
    });
    expect(begun.client.getState().status).toBe("authenticated");
    expect(begun.trail).toEqual([
      "awaiting-callback/preparing",
      "awaiting-callback/waiting",
      "exchanging",
      "authenticated",
    ]);
  });

  it("is signed in by a form that the server's page posts, whose code is in no address at all", async () => {
    const posted: string[] = [];
    const begun = await begin({ config: { responseMode: "form_post" } });
    begun.page.on("request", (request) => {
      if (request.method() === "POST" && request.url().endsWith("/callback"))
        posted.push(request.postData() ?? "");
    });
    expect(await logInAndAllow(begun)).toBe("You are signed in");
    expect(await begun.signingIn).toMatchObject({ subject: "account-ada" });
    expect(posted).toHaveLength(1);
    const code = new URLSearchParams(posted[0]).get("code");
    expect(code).toBeTruthy();
    const seen = [...begun.requests.map(({ href }) => href), ...(await begun.history()), begun.page.url()];
    expect(seen.join("\n")).not.toContain(code);
    expect(begun.notices).toEqual([]);
  });

  it("finds neither the code nor the rest of the redirect in the address bar or behind the back button", async () => {
    const begun = await begin();
    await logInAndAllow(begun);
    const redirect = begun.requests.find(({ pathname }) => pathname === "/callback")!;
    const bare = `${redirect.origin}/callback`;
    expect(redirect.searchParams.get("code")).toBeTruthy();
    expect(begun.page.url()).toBe(bare);
    const history = await begun.history();
    expect(history).toContain(bare);
    expect(history.filter((url) => url.startsWith(redirect.origin) && url !== bare)).toEqual([]);
    expect(history.join()).not.toContain(redirect.searchParams.get("code"));
    expect(await begun.page.evaluate("document.referrer")).toBe("");
  });

  it("is shown pages that complain of nothing and ask nothing of anybody else", async () => {
    const begun = await begin();
    await logInAndAllow(begun);
    await begun.signingIn;
    await begun.page.waitForLoadState("networkidle");
    expect(begun.complaints).toEqual([]);
    expect(begun.notices).toEqual([]);
    const redirect = begun.requests.find(({ pathname }) => pathname === "/callback")!;
    const origins = new Set(begun.requests.map(({ origin }) => origin));
    expect(origins).toEqual(new Set([begun.server.issuer, redirect.origin]));
    // One request for the whole page of the app, its style and its icon.
    expect(begun.requests.filter(({ origin }) => origin === redirect.origin)).toHaveLength(1);
  });

  it("is told of success only after the exchange has succeeded", async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const begun = await begin({
      ports: {
        async fetch(input, init) {
          if (init?.method === "POST") await held;
          return fetch(input, init);
        },
      },
    });
    await logIn(begun.page, begun.server.account);
    // The click ends when the page has come.
    const pressing = press(begun.page, "Allow");
    await begun.reached(({ status }) => status === "exchanging");
    expect(new URL(begun.page.url()).origin).toBe(begun.server.issuer);
    release();
    await pressing;
    expect(await appPage(begun.page)).toBe("You are signed in");
  });

  it("sees the same page in dark mode, without a complaint", async () => {
    const begun = await begin({ colorScheme: "dark" });
    expect(await logInAndAllow(begun)).toBe("You are signed in");
    expect(begun.complaints).toEqual([]);
    const background = (): Promise<string> =>
      begun.page.evaluate("getComputedStyle(document.body).backgroundColor");
    const dark = await background();
    await begun.page.emulateMedia({ colorScheme: "light" });
    expect(await background()).not.toBe(dark);
  });

  it("is asked again after a wrong password, and signed in with the right one", async () => {
    const begun = await begin();
    await logIn(begun.page, { ...begun.server.account, password: "wrong" });
    await begun.page.getByRole("alert").waitFor();
    expect(begun.client.getState()).toMatchObject({ status: "awaiting-callback", step: "waiting" });
    expect(await logInAndAllow(begun)).toBe("You are signed in");
    await begun.signingIn;
  });

  it("is asked nothing when they sign in again in the same browser", async () => {
    const profile = await newProfile(browser);
    const first = await begin({ profile });
    await logInAndAllow(first);
    await first.signingIn;
    const asked = first.server.paths().length;
    const second = await begin({ profile, server: first.server });
    expect(await appPage(second.page)).toBe("You are signed in");
    expect(await second.signingIn).toMatchObject({ subject: "account-ada" });
    expect(first.server.paths().slice(asked)).toContain("/oauth/authorize");
    expect(first.server.paths().slice(asked).join()).not.toContain("/interaction/");
  });
});

describe("a person who does not sign in", () => {
  it("is told that access was not allowed after pressing Deny", async () => {
    const begun = await begin();
    await logIn(begun.page, begun.server.account);
    await press(begun.page, "Deny");
    expect(await appPage(begun.page)).toBe("Access was not allowed");
    await expect(begun.signingIn).rejects.toMatchObject({
      code: "access_denied",
      oauthError: "access_denied",
    });
    expect(begun.client.getState()).toMatchObject({ status: "idle", reason: { code: "access_denied" } });
    expect(new URL(begun.page.url()).search).toBe("");
  });

  it("is told the same after pressing Cancel on the login page", async () => {
    const begun = await begin();
    await press(begun.page, "Cancel");
    expect(await appPage(begun.page)).toBe("Access was not allowed");
    await expect(begun.signingIn).rejects.toMatchObject({ code: "access_denied" });
    expect(begun.server.paths()).not.toContain("/oauth/token");
  });

  it("leaves the wait to be cancelled after closing the tab", async () => {
    const begun = await begin();
    await begun.page.getByRole("button", { name: "Sign in" }).waitFor();
    await begun.page.close();
    expect(begun.client.getState()).toMatchObject({ status: "awaiting-callback", step: "waiting" });
    begun.client.cancel();
    await expect(begun.signingIn).rejects.toMatchObject({ code: "cancelled" });
  });

  it("finds nobody at the redirect after the app has given up", async () => {
    const begun = await begin();
    await logIn(begun.page, begun.server.account);
    await begun.page.getByRole("button", { name: "Allow" }).waitFor();
    begun.client.cancel();
    await expect(begun.signingIn).rejects.toMatchObject({ code: "cancelled" });
    const refused = begun.page.waitForEvent("requestfailed");
    await press(begun.page, "Allow");
    const request = await refused;
    expect(new URL(request.url()).pathname).toBe("/callback");
    expect(request.failure()!.errorText).toBe("net::ERR_CONNECTION_REFUSED");
    expect(begun.client.getState()).toMatchObject({ status: "idle", reason: { code: "cancelled" } });
  });
});

describe("an exchange that the server refuses", () => {
  it("is a failed sign-in, and the browser says so", async () => {
    const begun = await begin({ ports: { fetch: withWrongVerifier } });
    expect(await logInAndAllow(begun)).toBe("You are not signed in");
    await expect(begun.signingIn).rejects.toMatchObject({
      code: "authorization_failed",
      oauthError: "invalid_grant",
    });
    expect(begun.client.getState()).toMatchObject({
      status: "idle",
      reason: { code: "authorization_failed" },
    });
    expect(begun.server.events).toContainEqual(
      expect.objectContaining({ type: "request-refused", endpoint: "token", error: "invalid_grant" }),
    );
    expect(new URL(begun.page.url()).search).toBe("");
  });

  it("can be tried again at once", async () => {
    let refusals = 1;
    const begun = await begin({
      ports: {
        fetch: (input, init) =>
          init?.method === "POST" && refusals-- > 0 ? withWrongVerifier(input, init) : fetch(input, init),
      },
    });
    await logInAndAllow(begun);
    await expect(begun.signingIn).rejects.toMatchObject({ code: "authorization_failed" });
    const again = begun.client.signIn();
    expect(await again).toMatchObject({ subject: "account-ada" });
    expect(begun.client.getState().status).toBe("authenticated");
  });
});

describe("the redirect URI", () => {
  it.for(["http://127.0.0.1/callback", "http://[::1]/callback", "http://localhost/callback"])(
    "%s arrives with the port that was bound, its host as it is registered",
    async (registered, ctx) => {
      ctx.skip(registered.includes("[::1]") && !hasIPv6Loopback, IPV6_IS_MISSING);
      const begun = await begin({ config: { redirectUris: [registered] } });
      expect(await logInAndAllow(begun)).toBe("You are signed in");
      await begun.signingIn;
      const sent = begun.requests
        .find(({ pathname }) => pathname === "/oauth/authorize")!
        .searchParams.get("redirect_uri")!;
      expect(sent.replace(/:\d+\/callback$/, "/callback")).toBe(registered);
      expect(begun.page.url()).toBe(sent);
      expect(begun.complaints).toEqual([]);
    },
  );

  it("with a taken port gives way to the next in the list", async () => {
    const taken = await takePort();
    const begun = await begin({
      config: { redirectUris: [`http://127.0.0.1:${taken}/callback`, "http://127.0.0.1/callback"] },
    });
    expect(await logInAndAllow(begun)).toBe("You are signed in");
    await begun.signingIn;
    expect(new URL(begun.page.url()).hostname).toBe("127.0.0.1");
    expect(begun.page.url()).not.toContain(`:${taken}/`);
  });

  it("with a taken port and no other is refused by name before a browser opens", async () => {
    const taken = await takePort();
    const begun = await begin({ config: { redirectUris: [`http://127.0.0.1:${taken}/callback`] } });
    await expect(begun.signingIn).rejects.toMatchObject({
      code: "port_unavailable",
      message: expect.stringMatching(new RegExp(`http://127\\.0\\.0\\.1:${taken}/callback .*EADDRINUSE`)),
    });
    expect(begun.page.url()).toBe("about:blank");
    expect(begun.server.paths()).not.toContain("/oauth/authorize");
  });
});

/** Sends another PKCE verifier than the one the code was asked for with: the server must refuse the code. */
const withWrongVerifier: typeof fetch = (input, init) => {
  if (init?.method !== "POST") return fetch(input, init);
  const body = new URLSearchParams(init.body as URLSearchParams);
  body.set("code_verifier", "x".repeat(43));
  return fetch(input, { ...init, body });
};

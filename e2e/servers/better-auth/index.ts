// Better Auth with its OAuth provider (program.ts): an OpenID provider within an app.
import { fileURLToPath } from "node:url";
import { registerClient } from "@loopkey/core";
import { systemClock } from "@loopkey/node-adapter";
import type { Hands } from "../answer-page.js";
import type { Page, Submission } from "../http-browser.js";
import { createServerFolder, freePorts, startServerProcess } from "../server-process.js";
import type { KnownServer, StartedServer } from "../server.js";

const PROGRAM = fileURLToPath(new URL("../../dist/servers/better-auth/program.js", import.meta.url));
const ACCOUNT = { username: "ada@example.com", password: "a password for Better Auth" };

export const betterAuth: KnownServer = { name: "Better Auth", start };

export const betterAuthByRegistration: KnownServer = {
  name: "Better Auth, where the app registers itself",
  async start() {
    const server = await start();
    const { clientId } = await registerClient(
      server.config.issuer!,
      { client_name: "Loopkey", post_logout_redirect_uris: server.config.postLogoutRedirectUris! },
      { clock: systemClock },
    );
    return { ...server, config: { ...server.config, clientId } };
  },
};

async function start(): Promise<StartedServer> {
  const [port, appPort] = await freePorts(2);
  const origin = `http://127.0.0.1:${port}`;
  const issuer = `${origin}/api/auth`;
  // After signing out it returns to the whole string alone; to a sign-in, on any port.
  const loggedOut = `http://127.0.0.1:${appPort}/logged-out`;
  const { stop } = await startServerProcess({
    folder: await createServerFolder("better-auth"),
    program: process.execPath,
    args: [PROGRAM, `${port}`, ACCOUNT.username, ACCOUNT.password, loggedOut],
    readyUrl: `${issuer}/.well-known/openid-configuration`,
  });
  const config = { issuer, clientId: "loopkey", postLogoutRedirectUris: [loggedOut] };
  return { origin, config, account: ACCOUNT, answerPage, stop };
}

/** Its pages are the app's own: this sends what the library's client script would send from them. */
async function answerPage(page: Page, hands: Hands): Promise<Submission | "leave" | undefined> {
  const { browser, username, consent } = hands;
  const oauth_query = page.url.search.slice(1);
  const send = (path: string, body: object): Promise<Page> =>
    browser.open({
      url: new URL(`/api/auth${path}`, page.url),
      json: { method: "POST", body: { ...body, oauth_query } },
    });
  let answer: Page;
  if (page.url.pathname === "/sign-in") {
    do {
      // oxlint-disable-next-line no-await-in-loop
      answer = await send("/sign-in/email", { email: username, password: hands.password() });
    } while (answer.status === 401);
  } else if (page.url.pathname === "/consent") {
    answer = await send("/oauth2/consent", { accept: consent === "allow" });
  } else if (page.html.includes("The client is not allowed to initiate logout")) return "leave";
  else return undefined;
  const { url } = JSON.parse(answer.html) as { readonly url: string };
  return { url: new URL(url, page.url) };
}

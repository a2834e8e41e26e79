// ZITADEL's OpenID library for Go, as its example puts it together (main.go).
import type { Hands } from "../answer-page.js";
import { fillIn } from "../html-form.js";
import type { Page, Submission } from "../http-browser.js";
import { missingServer, ZITADEL } from "../installed.js";
import { createServerFolder, freePorts, startServerProcess } from "../server-process.js";
import type { KnownServer, StartedServer } from "../server.js";

const CLIENT_ID = "loopkey";
const ACCOUNT = { username: "ada", password: "a password for ZITADEL" };

export const zitadel: KnownServer = { name: "ZITADEL's library", missing: missingServer(ZITADEL), start };

async function start(): Promise<StartedServer> {
  const folder = await createServerFolder("zitadel");
  const [port, appPort] = await freePorts(2);
  const origin = `http://127.0.0.1:${port}`;
  const loggedOut = `http://127.0.0.1:${appPort}/logged-out`;
  const { stop } = await startServerProcess({
    folder,
    program: ZITADEL.path,
    args: [`${port}`, CLIENT_ID, ACCOUNT.username, ACCOUNT.password, folder, loggedOut],
    readyUrl: `${origin}/.well-known/openid-configuration`,
  });
  const config = { issuer: origin, clientId: CLIENT_ID, postLogoutRedirectUris: [loggedOut] };
  return { origin, config, account: ACCOUNT, answerPage, stop };
}

/** It has a page for the password, none to consent but to a device, and remembers nobody. */
function answerPage(page: Page, { username, password, consent }: Hands): Submission | "leave" | undefined {
  const { pathname } = page.url;
  if (pathname === "/device") return fillIn(page, { username, password: password() }, "/device/login");
  if (pathname === "/device/login")
    return { url: new URL(`confirm?action=${consent === "allow" ? "allowed" : "denied"}`, page.url) };
  if (pathname === "/device/confirm") return "leave";
  if (pathname === "/login/username") return fillIn(page, { username, password: password() });
  return undefined;
}

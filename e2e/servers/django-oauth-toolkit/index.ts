// django-oauth-toolkit: Debian's package, in a Django project of one file (project.py).
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ServerMetadata } from "@loopkey/core";
import type { Hands } from "../answer-page.js";
import { fillIn } from "../html-form.js";
import type { Page, Submission } from "../http-browser.js";
import { createServerFolder, freePorts, startServerProcess } from "../server-process.js";
import type { KnownServer, StartedServer } from "../server.js";

// Debian's own: another one may stand first on PATH, without Debian's packages.
const PYTHON = "/usr/bin/python3";
const PACKAGE = "/usr/lib/python3/dist-packages/oauth2_provider";
const PROJECT = fileURLToPath(new URL("project.py", import.meta.url));
const CLIENT_ID = "loopkey";
const ACCOUNT = { username: "ada", password: "a password for Django" };

const missing = [PYTHON, PACKAGE].every((path) => existsSync(path))
  ? undefined
  : "django-oauth-toolkit is missing: sudo apt-get install --no-install-recommends python3-django-oauth-toolkit";

export const djangoOAuthToolkit: KnownServer = {
  name: "django-oauth-toolkit",
  missing,
  start: () => start("rotate"),
};

/** Its discovery document does not name the revocation endpoint that it has. This one keeps refresh tokens, too. */
export const djangoOAuthToolkitByMetadata: KnownServer = {
  name: "django-oauth-toolkit, told of its revocation endpoint, without rotation",
  missing,
  async start() {
    const server = await start("keep");
    const { issuer, ...config } = server.config;
    const document = await fetch(`${String(issuer)}/.well-known/openid-configuration`);
    const metadata = (await document.json()) as ServerMetadata;
    return {
      ...server,
      config: {
        ...config,
        server: { ...metadata, revocation_endpoint: `${server.origin}/o/revoke_token/` },
      },
    };
  },
};

async function start(refreshTokens: "rotate" | "keep"): Promise<StartedServer> {
  const folder = await createServerFolder("django-oauth-toolkit");
  const [port] = await freePorts(1);
  const origin = `http://127.0.0.1:${port}`;
  const issuer = `${origin}/o`;
  const { stop } = await startServerProcess({
    folder,
    program: PYTHON,
    // Isolated from what the person who runs the tests has installed, and without caches beside the project.
    args: [
      "-I",
      "-B",
      PROJECT,
      `${port}`,
      folder,
      CLIENT_ID,
      ACCOUNT.username,
      ACCOUNT.password,
      refreshTokens,
    ],
    readyUrl: `${issuer}/.well-known/openid-configuration`,
  });
  // It gives refresh tokens to everybody, and refuses the scope offline_access unless the project defines it.
  const config = { issuer, clientId: CLIENT_ID, scope: "openid notes" };
  return { origin, config, account: ACCOUNT, answerPage, stop };
}

function answerPage(page: Page, { username, password, consent }: Hands): Submission | undefined {
  if (page.url.pathname === "/accounts/login/") return fillIn(page, { username, password: password() });
  // The button that is pressed has a name; the one that refuses has none.
  if (page.url.pathname === "/o/authorize/")
    return fillIn(page, consent === "allow" ? { allow: "Authorize" } : {});
  return undefined;
}

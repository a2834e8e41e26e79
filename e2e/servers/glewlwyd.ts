// Glewlwyd, an OpenID provider in C: Debian's package, set up through its administration API.
import { generateKeyPairSync } from "node:crypto";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Hands } from "./answer-page.js";
import { createHttpBrowser, type Page, type Submission } from "./http-browser.js";
import { createServerFolder, freePorts, startServerProcess } from "./server-process.js";
import type { KnownServer, StartedServer } from "./server.js";

const PROGRAM = "/usr/bin/glewlwyd";
const SQLITE = "/usr/bin/sqlite3";
const TABLES = "/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3";
const ADMINISTRATOR = { username: "admin", password: "password" };
const CLIENT_ID = "loopkey";
const ACCOUNT = { username: "ada", password: "a password for Glewlwyd" };

// Without the first half the package sets up and starts a service that anybody can administer.
const IS_MISSING =
  "glewlwyd is missing: echo glewlwyd glewlwyd/config_type select No configuration | sudo debconf-set-selections && " +
  "sudo apt-get install --no-install-recommends glewlwyd dbconfig-no-thanks sqlite3";

const run = promisify(execFile);

export const glewlwyd: KnownServer = {
  name: "Glewlwyd",
  missing: [PROGRAM, SQLITE, TABLES].every((path) => existsSync(path)) ? undefined : IS_MISSING,
  start,
};

async function start(): Promise<StartedServer> {
  const folder = await createServerFolder("glewlwyd");
  const database = join(folder, "glewlwyd.db");
  // It compares redirect URIs as whole strings: every port that the app may use is registered.
  const [port, ...appPorts] = await freePorts(4);
  const origin = `http://127.0.0.1:${port}`;
  await run(SQLITE, [database, `.read ${TABLES}`]);
  const { stop } = await startServerProcess({
    folder,
    program: PROGRAM,
    args: ["--env-variables"],
    env: environment(origin, database),
    readyUrl: `${origin}/config`,
  });
  const redirectUris = appPorts.map((each) => `http://127.0.0.1:${each}/callback`);
  const postLogoutRedirectUris = appPorts.map((each) => `http://127.0.0.1:${each}/logged-out`);
  try {
    await setUp(origin, redirectUris, postLogoutRedirectUris);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    origin,
    config: {
      issuer: `${origin}/api/oidc`,
      clientId: CLIENT_ID,
      redirectUris,
      postLogoutRedirectUris,
    },
    account: ACCOUNT,
    answerPage,
    stop,
  };
}

function environment(origin: string, database: string): NodeJS.ProcessEnv {
  return {
    GLWD_PORT: new URL(origin).port,
    GLWD_BIND_ADDRESS: "127.0.0.1",
    GLWD_EXTERNAL_URL: origin,
    GLWD_LOGIN_URL: "login.html",
    GLWD_API_PREFIX: "api",
    GLWD_STATIC_FILES_PATH: "/usr/share/glewlwyd/webapp/",
    GLWD_STATIC_FILES_MIME_TYPES: JSON.stringify([
      { extension: ".html", mime_type: "text/html", compress: 0 },
    ]),
    GLWD_LOG_MODE: "console",
    GLWD_LOG_LEVEL: "WARNING",
    GLWD_COOKIE_DOMAIN: "127.0.0.1",
    GLWD_COOKIE_SECURE: "0",
    GLWD_SESSION_KEY: "GLEWLWYD2_SESSION_ID",
    GLWD_SESSION_EXPIRATION: "86400",
    GLWD_ADMIN_SCOPE: "g_admin",
    GLWD_PROFILE_SCOPE: "g_profile",
    GLWD_USER_MODULE_PATH: "/usr/lib/glewlwyd/user",
    GLWD_CLIENT_MODULE_PATH: "/usr/lib/glewlwyd/client",
    GLWD_AUTH_SCHEME_MODULE_PATH: "/usr/lib/glewlwyd/scheme",
    GLWD_PLUGIN_MODULE_PATH: "/usr/lib/glewlwyd/plugin",
    GLWD_HASH_ALGORITHM: "SHA512",
    GLWD_DATABASE_TYPE: "sqlite3",
    GLWD_DATABASE_SQLITE3_PATH: database,
  };
}

async function setUp(
  origin: string,
  redirectUris: readonly string[],
  postLogoutRedirectUris: readonly string[],
): Promise<void> {
  const browser = createHttpBrowser();
  const send = async (method: "POST" | "PUT", path: string, body: object): Promise<void> => {
    const page = await browser.open({ url: new URL(`/api${path}`, origin), json: { method, body } });
    if (page.status !== 200) throw new Error(`Glewlwyd refused ${path} (${page.status}): ${page.html}`);
  };
  await send("POST", "/auth/", ADMINISTRATOR);
  // As it comes, it has no place to keep the property of a client that its logout looks at.
  const clients = await browser.open({ url: new URL("/api/mod/client/database", origin) });
  const clientModule = JSON.parse(clients.html) as { parameters: { "data-format": Record<string, object> } };
  const places = clientModule.parameters["data-format"];
  places["post_logout_redirect_uris"] = { multiple: true, read: true, write: true };
  await send("PUT", "/mod/client/database", clientModule);
  await send("PUT", "/mod/client/database/reset", {});
  await send("POST", "/mod/plugin/", {
    module: "oidc",
    name: "oidc",
    display_name: "OpenID Connect",
    order_rank: 0,
    parameters: pluginParameters(origin),
  });
  await send("POST", "/client/", {
    client_id: CLIENT_ID,
    name: "Loopkey",
    enabled: true,
    confidential: false,
    token_endpoint_auth_method: ["none"],
    authorization_type: ["code", "refresh_token"],
    redirect_uri: redirectUris,
    post_logout_redirect_uris: postLogoutRedirectUris,
    scope: [],
  });
  await send("POST", "/user/", { ...ACCOUNT, name: "Ada Lovelace", enabled: true, scope: ["openid"] });
}

function pluginParameters(origin: string): object {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    iss: `${origin}/api/oidc`,
    "jwt-type": "ecdsa",
    "jwt-key-size": "256",
    key: privateKey.export({ type: "sec1", format: "pem" }),
    cert: publicKey.export({ type: "spki", format: "pem" }),
    "jwks-show": true,
    "subject-type": "public",
    "allowed-scope": ["openid"],
    "name-claim": "mandatory",
    "access-token-duration": 3600,
    "refresh-token-duration": 1_209_600,
    "code-duration": 60,
    "refresh-token-rolling": true,
    "refresh-token-one-use": "always",
    "auth-type-code-enabled": true,
    "auth-type-code-revoke-replayed": true,
    "auth-type-id-token-enabled": true,
    "auth-type-refresh-enabled": true,
    "auth-type-token-enabled": false,
    "auth-type-password-enabled": false,
    "auth-type-client-enabled": false,
    "allow-non-oidc": false,
    "pkce-allowed": true,
    "pkce-method-plain-allowed": false,
    "pkce-required": true,
    "oauth-as-iss-id": true,
    "introspection-revocation-allowed": true,
    "introspection-revocation-allow-target-client": true,
    "session-management-allowed": true,
    "session-cookie-name": "GLEWLWYD2_OIDC_SID",
    "session-cookie-expiration": 86_400,
  };
}

/** Its pages are one script: this sends what that sends when the buttons are pressed. */
async function answerPage(page: Page, hands: Hands): Promise<Submission | undefined> {
  if (page.url.pathname !== "/login.html") return undefined;
  const question = page.url.searchParams;
  const send = (method: "POST" | "PUT" | "DELETE", path: string, body = {}): Promise<Page> =>
    hands.browser.open({ url: new URL(`/api${path}`, page.url), json: { method, body } });
  const callback = new URL(question.get("callback_url")!);
  if (question.get("prompt") === "end_session") {
    await send("DELETE", `/oidc/session/${question.get("sid")}`);
    await send("DELETE", "/auth/");
    return { url: callback };
  }
  const { username } = hands;
  let status: number;
  do {
    // oxlint-disable-next-line no-await-in-loop
    ({ status } = await send("POST", "/auth/", { username, password: hands.password() }));
  } while (status === 401);
  await send("PUT", `/auth/grant/${CLIENT_ID}`, { scope: "openid" });
  callback.searchParams.set("g_continue", "");
  return { url: callback };
}

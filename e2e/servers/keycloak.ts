// Keycloak, an OpenID provider in Java: its realm is imported when it starts, from the file that is written here.
import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Hands } from "./answer-page.js";
import { fillIn } from "./html-form.js";
import type { Page, Submission } from "./http-browser.js";
import { KEYCLOAK, missingServer } from "./installed.js";
import { createServerFolder, freePorts, startServerProcess } from "./server-process.js";
import type { KnownServer, StartedServer } from "./server.js";

const CLIENT_ID = "loopkey";
const DEVICE_CLIENT_ID = "loopkey-devices";
const SHARED = ["lib", "providers", "themes"];
const ACCOUNT = { username: "ada", password: "a password for Keycloak" };

export const keycloak: KnownServer = { name: "Keycloak", missing: missingServer(KEYCLOAK), start };

async function start(): Promise<StartedServer> {
  const folder = await createServerFolder("keycloak");
  const [port, managementPort] = await freePorts(2);
  const origin = `http://127.0.0.1:${port}`;
  const issuer = `${origin}/realms/loopkey`;
  // A home of its own, for what it writes; what it is made of is shared.
  await mkdir(join(folder, "data/import"), { recursive: true });
  await cp(join(KEYCLOAK.path, "conf"), join(folder, "conf"), { recursive: true });
  await Promise.all(SHARED.map((name) => symlink(join(KEYCLOAK.path, name), join(folder, name))));
  await writeFile(join(folder, "data/import/realm.json"), JSON.stringify(realm()));
  const { stop } = await startServerProcess({
    folder,
    // Without its shell script, which would be the process that is killed in its place.
    program: "java",
    args: [
      "-Xmx512m",
      "-XX:TieredStopAtLevel=1",
      `-Dkc.home.dir=${folder}`,
      `-Djboss.server.config.dir=${join(folder, "conf")}`,
      "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
      "-Djava.util.concurrent.ForkJoinPool.common.threadFactory=io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory",
      "--add-opens=java.base/java.lang=ALL-UNNAMED",
      "-cp",
      join(folder, "lib/quarkus-run.jar"),
      "io.quarkus.bootstrap.runner.QuarkusEntryPoint",
      "start",
      "--optimized",
      "--cache=local",
      "--http-enabled=true",
      "--http-host=127.0.0.1",
      `--http-port=${port}`,
      `--http-management-port=${managementPort}`,
      `--hostname=${origin}`,
      "--import-realm",
    ],
    readyUrl: `${issuer}/.well-known/openid-configuration`,
    startLimitMs: 300_000,
  });
  return {
    origin,
    config: { issuer, clientId: CLIENT_ID },
    deviceClientId: DEVICE_CLIENT_ID,
    account: ACCOUNT,
    answerPage,
    stop,
  };
}

function realm(): object {
  const { username, password } = ACCOUNT;
  return {
    realm: "loopkey",
    enabled: true,
    sslRequired: "none",
    revokeRefreshToken: true,
    refreshTokenMaxReuse: 0,
    oauth2DevicePollingInterval: 1,
    clients: [
      {
        clientId: CLIENT_ID,
        publicClient: true,
        standardFlowEnabled: true,
        directAccessGrantsEnabled: false,
        consentRequired: true,
        redirectUris: ["http://127.0.0.1/callback"],
        attributes: {
          "pkce.code.challenge.method": "S256",
          "post.logout.redirect.uris": "http://127.0.0.1/logged-out",
        },
      },
      // Where PKCE is demanded it is demanded of devices too, and RFC 8628 has none.
      {
        clientId: DEVICE_CLIENT_ID,
        publicClient: true,
        standardFlowEnabled: false,
        directAccessGrantsEnabled: false,
        consentRequired: true,
        attributes: { "oauth2.device.authorization.grant.enabled": "true" },
      },
    ],
    users: [
      {
        username,
        enabled: true,
        email: "ada@example.com",
        emailVerified: true,
        firstName: "Ada",
        lastName: "Lovelace",
        credentials: [{ type: "password", value: password }],
        realmRoles: ["offline_access"],
      },
    ],
  };
}

function answerPage(page: Page, { username, password, consent }: Hands): Submission | "leave" | undefined {
  // Where it says what became of a device.
  if (page.url.pathname.endsWith("/device/status")) return "leave";
  if (page.html.includes('id="kc-form-login"'))
    return fillIn(page, { username, password: password() }, 'id="kc-form-login"');
  // The button that is pressed has a name.
  if (page.html.includes('id="kc-oauth"'))
    return fillIn(page, consent === "allow" ? { accept: "Yes" } : { cancel: "No" }, 'name="accept"');
  return undefined;
}

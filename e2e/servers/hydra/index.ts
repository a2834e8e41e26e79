// Hydra, an OpenID provider in Go. It has no pages: the operator's app asks the person, and tells Hydra what they said.
import type { Hands } from "../answer-page.js";
import type { Page, Submission } from "../http-browser.js";
import { HYDRA, missingServer } from "../installed.js";
import { createServerFolder, freePorts, startServerProcess } from "../server-process.js";
import type { KnownServer, StartedServer } from "../server.js";

const CLIENT_ID = "loopkey";
const ACCOUNT = { username: "ada", password: "a password for Hydra" };

export const hydra: KnownServer = { name: "Hydra", missing: missingServer(HYDRA), start };

async function start(): Promise<StartedServer> {
  const folder = await createServerFolder("hydra");
  const [port, adminPort, appPort] = await freePorts(3);
  const origin = `http://127.0.0.1:${port}`;
  const admin = `http://127.0.0.1:${adminPort}`;
  const loggedOut = `http://127.0.0.1:${appPort}/logged-out`;
  const { stop } = await startServerProcess({
    folder,
    program: HYDRA.path,
    args: ["serve", "all", "--dev", "--sqa-opt-out"],
    env: {
      DSN: "memory",
      SECRETS_SYSTEM: "a secret of this test run alone",
      SERVE_PUBLIC_HOST: "127.0.0.1",
      SERVE_PUBLIC_PORT: `${port}`,
      SERVE_ADMIN_HOST: "127.0.0.1",
      SERVE_ADMIN_PORT: `${adminPort}`,
      URLS_SELF_ISSUER: origin,
      // Addresses where it has nothing: what the operator's app would do there, answerPage does.
      URLS_LOGIN: `${origin}/app/login`,
      URLS_CONSENT: `${origin}/app/consent`,
      URLS_LOGOUT: `${origin}/app/logout`,
      LOG_LEVEL: "warn",
    },
    readyUrl: `${origin}/health/ready`,
    startLimitMs: 60_000,
  });
  try {
    await register(admin, loggedOut);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    origin,
    config: { issuer: origin, clientId: CLIENT_ID, postLogoutRedirectUris: [loggedOut] },
    account: ACCOUNT,
    answerPage: (page, hands) => answerPage(admin, page, hands),
    stop,
  };
}

async function register(admin: string, loggedOut: string): Promise<void> {
  const answer = await fetch(`${admin}/admin/clients`, {
    method: "POST",
    body: JSON.stringify({
      client_id: CLIENT_ID,
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      scope: "openid offline_access",
      // Any port; and one on the port where signing out returns to, which is taken for none else.
      redirect_uris: ["http://127.0.0.1/callback", new URL("/callback", loggedOut).href],
      post_logout_redirect_uris: [loggedOut],
    }),
  });
  if (!answer.ok) throw new Error(`Hydra refused the client (${answer.status}): ${await answer.text()}`);
}

interface Question {
  readonly skip?: boolean;
  readonly subject?: string;
  readonly requested_scope?: readonly string[];
}

async function answerPage(admin: string, page: Page, hands: Hands): Promise<Submission | undefined> {
  const [, kind] = /^\/app\/(login|consent|logout)$/.exec(page.url.pathname) ?? [];
  if (kind === undefined) return undefined;
  const question = new URL(`${admin}/admin/oauth2/auth/requests/${kind}`);
  question.searchParams.set(`${kind}_challenge`, page.url.searchParams.get(`${kind}_challenge`)!);
  const asked = JSON.parse((await hands.browser.open({ url: question })).html) as Question;
  const accepts = kind !== "consent" || asked.skip === true || hands.consent === "allow";
  const said = new URL(question);
  said.pathname += accepts ? "/accept" : "/reject";
  const body = accepts ? acceptance(kind, asked, hands) : { error: "access_denied" };
  const { html } = await hands.browser.open({ url: said, json: { method: "PUT", body } });
  return { url: new URL((JSON.parse(html) as { readonly redirect_to: string }).redirect_to) };
}

function acceptance(kind: string, asked: Question, hands: Hands): object {
  if (kind === "logout") return {};
  if (kind === "consent") return { grant_scope: asked.requested_scope, remember: true, session: {} };
  if (asked.skip) return { subject: asked.subject };
  // The operator's app knows the passwords, and shows its page again until one is right.
  while (hands.password() !== ACCOUNT.password);
  return { subject: hands.username, remember: true };
}

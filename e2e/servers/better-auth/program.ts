// An app of Better Auth with its OAuth provider, in a process of its own and in memory.
// Arguments: the port, the e-mail address of the one account, its password, and where the operator's client comes back to
// after signing out.
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { oauthProvider, oauthProviderOpenIdConfigMetadata } from "@better-auth/oauth-provider";
import { betterAuth, type BetterAuthOptions } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { getAuthTables } from "better-auth/db";
import { toNodeHandler } from "better-auth/node";
import { jwt } from "better-auth/plugins";

const [port, email, password, loggedOut] = process.argv.slice(2) as [string, string, string, string];
const origin = `http://127.0.0.1:${port}`;
const CONFIGURATION = "/api/auth/.well-known/openid-configuration";

const clientIds = ["loopkey"];
const plugins = [
  jwt({ disableSettingJwtHeader: true }),
  oauthProvider({
    loginPage: "/sign-in",
    consentPage: "/consent",
    allowDynamicClientRegistration: true,
    allowUnauthenticatedClientRegistration: true,
    generateClientId: () => clientIds.shift() ?? randomBytes(16).toString("hex"),
  }),
];
const options: BetterAuthOptions = {
  baseURL: origin,
  secret: randomBytes(32).toString("base64url"),
  emailAndPassword: { enabled: true },
  telemetry: { enabled: false },
  rateLimit: { enabled: false },
  // Their types do not hold under exactOptionalPropertyTypes.
  plugins: plugins as never,
};
const tables = Object.values(getAuthTables(options)).map(({ modelName }) => [modelName, []]);
const auth = betterAuth({ ...options, database: memoryAdapter(Object.fromEntries(tables)) });

// The operator's own client: one that registers itself is not allowed to end sessions.
const signedUp = await auth.api.signUpEmail({
  body: { email, password, name: "Ada Lovelace" },
  asResponse: true,
});
const cookie = signedUp.headers
  .getSetCookie()
  .map((each) => each.split(";")[0])
  .join("; ");
const operator = auth.api as unknown as {
  adminCreateOAuthClient(request: { readonly headers: object; readonly body: object }): Promise<unknown>;
};
await operator.adminCreateOAuthClient({
  headers: new Headers({ cookie }),
  body: {
    client_name: "Loopkey",
    application_type: "native",
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code", "refresh_token"],
    redirect_uris: ["http://127.0.0.1/callback"],
    post_logout_redirect_uris: [loggedOut],
    enable_end_session: true,
  },
});

const handle = toNodeHandler(auth);
// The discovery document and the pages are the app's to serve.
const describe = oauthProviderOpenIdConfigMetadata(auth as never);
async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", origin);
  if (pathname === CONFIGURATION) {
    const document = await describe(new Request(`${origin}${CONFIGURATION}`));
    response.writeHead(document.status, Object.fromEntries(document.headers)).end(await document.text());
  } else if (pathname.startsWith("/api/auth/")) await handle(request, response);
  else response.writeHead(200, { "Content-Type": "text/html" }).end(`<title>${pathname}</title>`);
}
createServer((request, response) => {
  serve(request, response).catch(() => response.writeHead(500).end());
}).listen(Number(port), "127.0.0.1");

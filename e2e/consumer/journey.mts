// An app of somebody else's, as an ES module: it signs in, asks for a token, and signs out.
import { AuthError, createAuthClient, type AuthConfig, type AuthState } from "@loopkey/core";
import { createNodePorts, type NodePortsOptions } from "@loopkey/node-adapter";
import { startFakeServer } from "@loopkey/node-adapter/testing";

const server = await startFakeServer();
const config: AuthConfig = { issuer: server.issuer, clientId: "consumer", refreshOnStart: false };
const options: NodePortsOptions = {
  appName: "Consumer",
  store: "memory",
  openBrowser: async (url) => void fetch(url).catch(() => {}),
};
const client = createAuthClient(config, createNodePorts(options));
const trail: AuthState["status"][] = [];
client.subscribe(({ status }) => void (trail.at(-1) === status || trail.push(status)));
const session = await client.signIn();
const token: string = await client.getAccessToken().catch((error: unknown) => {
  throw error instanceof AuthError ? new Error(error.code, { cause: error }) : error;
});
const signedOut = await client.signOut({ browser: false });
await client.close();
await server.close();
process.stdout.write(JSON.stringify({ trail, subject: session.subject, token: token.length > 0, signedOut }));

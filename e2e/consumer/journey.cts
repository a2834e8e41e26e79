// An app of somebody else's, as CommonJS, which gets ES modules by `require`: it signs in, asks for a token, and signs out.
import core = require("@loopkey/core");
import node = require("@loopkey/node-adapter");
import testing = require("@loopkey/node-adapter/testing");

async function main(): Promise<void> {
  const server = await testing.startFakeServer();
  const config: core.AuthConfig = { issuer: server.issuer, clientId: "consumer", refreshOnStart: false };
  const options: node.NodePortsOptions = {
    appName: "Consumer",
    store: "memory",
    openBrowser: async (url) => void fetch(url).catch(() => {}),
  };
  const client = core.createAuthClient(config, node.createNodePorts(options));
  const trail: core.AuthState["status"][] = [];
  client.subscribe(({ status }) => void (trail.at(-1) === status || trail.push(status)));
  const session = await client.signIn();
  const token: string = await client.getAccessToken().catch((error: unknown) => {
    throw error instanceof core.AuthError ? new Error(error.code, { cause: error }) : error;
  });
  const signedOut = await client.signOut({ browser: false });
  await client.close();
  await server.close();
  process.stdout.write(
    JSON.stringify({ trail, subject: session.subject, token: token.length > 0, signedOut }),
  );
}

void main();

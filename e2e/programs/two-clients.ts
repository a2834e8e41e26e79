// Two clients of one app, as two processes have them, at the system's keyring: does what it is told, a line at a time, and says what came of it.
import { createInterface } from "node:readline";
import { AuthError, createAuthClient, type AuthClient } from "@loopkey/core";
import { createNodePorts } from "@loopkey/node-adapter";
import { startFakeServer } from "@loopkey/node-adapter/testing";
import { say } from "./order.js";

/** What was told: which client, and what it is to do. */
export type Step = `${"here" | "elsewhere"} ${"signIn" | "signOut" | "getAccessToken" | "wake"}`;

/** What came of it. */
export interface Outcome {
  readonly code: string;
  readonly status: string;
}

const server = await startFakeServer();

function create(): AuthClient {
  const ports = createNodePorts({
    appName: "Loopkey e2e",
    store: "keyring",
    openBrowser: async (url) => {
      // The person needs a moment: the page's request is answered once the sign-in is over.
      fetch(server.authorize(url)).catch(() => {});
    },
  });
  return createAuthClient({ issuer: server.issuer, clientId: "app", postLogoutRedirectUris: [] }, ports);
}

const clients = { here: create(), elsewhere: create() };
await Promise.all([clients.here.ready(), clients.elsewhere.ready()]);
say({ type: "ready" });

for await (const line of createInterface(process.stdin)) {
  const [who, what] = line.split(" ") as ["here" | "elsewhere", "signIn" | "getAccessToken"];
  const client = clients[who];
  const code = await Promise.resolve(client[what]()).then(
    () => "done",
    (error: unknown) => (error instanceof AuthError ? error.code : String(error)),
  );
  say({ type: "outcome", code, status: client.getState().status });
}
await Promise.all([clients.here.close(), clients.elsewhere.close()]);
await server.close();

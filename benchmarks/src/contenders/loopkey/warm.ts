// Loopkey in a warm process, with its listener and lock, and the session in memory.
import { createAuthClient, type AuthClient } from "@loopkey/core";
import { createNodePorts } from "@loopkey/node-adapter";
import type { CreateWarm } from "../warm.js";

const LEAST_VALIDITY_MS = 300_000;

export const createWarm: CreateWarm = async ({ expiring, lasting, clientId, openBrowser }) => {
  // As an app's browser: started, not waited for.
  const ports = createNodePorts({
    appName: "Loopkey Benchmark",
    store: "memory",
    openBrowser: async (url) => void openBrowser(url).catch(() => {}),
  });
  const clientOf = (issuer: string): AuthClient =>
    createAuthClient({ issuer, clientId, postLogoutRedirectUris: [] }, ports);
  const client = clientOf(expiring);
  await client.signIn();
  const other = clientOf(lasting);
  return {
    token: () => client.getAccessToken({ minValidityMs: LEAST_VALIDITY_MS }),
    signIn: async () => void (await other.signIn()),
    reset: async () => void (await other.signOut({ browser: false })),
  };
};

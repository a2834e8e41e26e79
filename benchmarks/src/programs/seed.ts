// Signs in for the command of a contender, so that its session is in the keyring as it keeps it.
import { createAuthClient } from "@loopkey/core";
import { createNodePorts } from "@loopkey/node-adapter";
import { signInByHand } from "../contenders/hand-written/sign-in.js";
import { postForm } from "../contenders/hand-written/post.js";
import { openKeyring, saveTokens } from "../contenders/keyring.js";
import { createMsalClient, SCOPES } from "../contenders/msal/client.js";
import { readOrder, type Order } from "../contenders/order.js";
import { createPage } from "./open-page.js";

/** Who keeps a record of its own; all others have the one that `keyring.ts` writes. */
const OWN_RECORDS: Readonly<Record<string, (order: Order) => Promise<void>>> = {
  async loopkey({ issuer, clientId, service, account }) {
    const ports = createNodePorts({
      appName: service,
      profile: account,
      store: "keyring",
      openBrowser: async (url) => void openPage(url),
    });
    const keepAccessToken = use === "kept" ? "store" : "memory";
    const client = createAuthClient({ issuer, clientId, keepAccessToken }, ports);
    await client.signIn();
    await client.close();
  },
  async msal(order) {
    const isPlain = order.issuer.startsWith("http:");
    await createMsalClient(order, openKeyring(order)).acquireTokenInteractive({
      scopes: SCOPES,
      openBrowser: async (url) => void openPage(isPlain ? url.replace("https:", "http:") : url),
    });
  },
};

function openPage(url: string): Promise<void> {
  return createPage().open(url);
}

const order = readOrder();
const [kind, use] = process.argv.slice(3);
const own = OWN_RECORDS[kind!];
if (own) await own(order);
else {
  const tokens = await signInByHand({
    ...order,
    openBrowser: openPage,
    redeem: (form) => postForm(`${order.issuer}/token`, form),
  });
  await saveTokens(openKeyring(order), tokens);
}
// MSAL's own listener lets the process live on.
process.exit();

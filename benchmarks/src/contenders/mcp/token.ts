// The client of the MCP SDK: auth() finds the server from the resource, and refreshes with what the provider has stored.
import { auth } from "@modelcontextprotocol/client";
import { loadTokens, openKeyring, saveTokens } from "../keyring.js";
import { readOrder } from "../order.js";
import { createMcpProvider } from "./provider.js";

const order = readOrder();
const keyring = openKeyring(order);
let token = "";
const provider = createMcpProvider({
  clientId: order.clientId,
  redirectUri: "http://127.0.0.1/callback",
  async load() {
    const { refresh_token, access_token = "" } = await loadTokens(keyring);
    return { access_token, refresh_token, token_type: "Bearer" };
  },
  async save(tokens) {
    await saveTokens(keyring, tokens);
    token = tokens.access_token;
  },
  openBrowser() {
    throw new Error("It wants a sign-in: the refresh has failed.");
  },
});
await auth(provider, { serverUrl: `${order.issuer}/mcp` });
process.stdout.write(`${token}\n`);

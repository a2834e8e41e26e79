// oauth4webapi by hand, as its example of a refresh has it.
import {
  allowInsecureRequests,
  discoveryRequest,
  None,
  processDiscoveryResponse,
  processRefreshTokenResponse,
  refreshTokenGrantRequest,
} from "oauth4webapi";
import { keptToken, loadTokens, openKeyring, saveTokens } from "../keyring.js";
import { readOrder } from "../order.js";

const order = readOrder();
const keyring = openKeyring(order);
const saved = await loadTokens(keyring);
let token = keptToken(saved);
if (token === undefined) {
  const issuer = new URL(order.issuer);
  const client = { client_id: order.clientId };
  const options = { [allowInsecureRequests]: issuer.protocol === "http:" };
  const server = await processDiscoveryResponse(issuer, await discoveryRequest(issuer, options));
  const response = await refreshTokenGrantRequest(server, client, None(), saved.refresh_token, options);
  const answer = await processRefreshTokenResponse(server, client, response);
  await saveTokens(keyring, answer, saved);
  token = answer.access_token;
}
process.stdout.write(`${token}\n`);

// openid-client as its README has it: discovery, then the grant. What it does not keep is kept by hand.
import { allowInsecureRequests, discovery, None, refreshTokenGrant } from "openid-client";
import { keptToken, loadTokens, openKeyring, saveTokens } from "../keyring.js";
import { readOrder } from "../order.js";

const { issuer, clientId, ...place } = readOrder();
const keyring = openKeyring({ issuer, clientId, ...place });
const saved = await loadTokens(keyring);
let token = keptToken(saved);
if (token === undefined) {
  const config = await discovery(new URL(issuer), clientId, undefined, None(), {
    execute: issuer.startsWith("http:") ? [allowInsecureRequests] : [],
  });
  const answer = await refreshTokenGrant(config, saved.refresh_token);
  await saveTokens(keyring, answer, saved);
  token = answer.access_token;
}
process.stdout.write(`${token}\n`);

// The floor: reads the keyring, sends one refresh over node:http, saves, prints. No discovery, no check, no lock.
import { keptToken, loadTokens, openKeyring, saveTokens } from "../keyring.js";
import { readOrder } from "../order.js";
import { postForm } from "./post.js";

const order = readOrder();
const keyring = openKeyring(order);
const saved = await loadTokens(keyring);
let token = keptToken(saved);
if (token === undefined) {
  const form = {
    grant_type: "refresh_token",
    client_id: order.clientId,
    refresh_token: saved.refresh_token,
  };
  // An agent of its own keeps no connection open: the process ends when it is done.
  const { Agent } = process.getBuiltinModule(order.issuer.startsWith("http:") ? "node:http" : "node:https");
  const answer = await postForm(`${order.issuer}/token`, form, new Agent({ keepAlive: false }));
  await saveTokens(keyring, answer, saved);
  token = answer.access_token;
}
process.stdout.write(`${token}\n`);

// google-auth-library as its README has it: credentials set, `tokens` listened to, getAccessToken() renews what has expired.
import { loadTokens, openKeyring, saveTokens } from "../keyring.js";
import { readOrder } from "../order.js";
import { createGoogleClient } from "./client.js";

const order = readOrder();
const keyring = openKeyring(order);
const saved = await loadTokens(keyring);
const client = createGoogleClient(order);
client.setCredentials({
  refresh_token: saved.refresh_token,
  access_token: saved.access_token ?? null,
  expiry_date: saved.expires_at ?? 1,
});
let saving: Promise<void> = Promise.resolve();
client.on("tokens", ({ access_token, refresh_token, expiry_date }) => {
  const answer = {
    access_token: access_token!,
    expires_in: ((expiry_date ?? 0) - Date.now()) / 1_000,
    ...(refresh_token ? { refresh_token } : {}),
  };
  saving = saveTokens(keyring, answer, saved);
});
const { token } = await client.getAccessToken();
await saving;
process.stdout.write(`${token}\n`);

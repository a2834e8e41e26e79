// MSAL Node as its documentation has it: the account from the cache, then acquireTokenSilent().
import { openKeyring } from "../keyring.js";
import { readOrder } from "../order.js";
import { createMsalClient, SCOPES } from "./client.js";

const order = readOrder();
const client = createMsalClient(order, openKeyring(order));
const [account] = await client.getAllAccounts();
if (account === undefined) throw new Error("Nobody is signed in.");
const { accessToken } = await client.acquireTokenSilent({ account, scopes: SCOPES });
process.stdout.write(`${accessToken}\n`);

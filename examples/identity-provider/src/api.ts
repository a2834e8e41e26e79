// A protected API (RFC 6750): what the signed-in app calls with its access token.
import type { IncomingMessage, ServerResponse } from "node:http";
import type Provider from "oidc-provider";
import type { Accounts } from "./accounts.js";
import { sendJson } from "./http.js";

const NOTES = [
  {
    id: 1,
    title: "Analytical Engine",
    text: "It weaves algebraic patterns as the loom weaves flowers and leaves.",
  },
  { id: 2, title: "Note G", text: "The order of operations for the numbers of Bernoulli." },
];

export async function handleNotes(
  provider: Provider,
  accounts: Accounts,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  if (req.method !== "GET") return sendJson(res, 405, { error: "method_not_allowed" }, { Allow: "GET" });
  const [, value] = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? "") ?? [];
  // Unknown, expired and revoked ones are all not found: the store forgets a token with its grant.
  const token = value === undefined ? undefined : await provider.AccessToken.find(value);
  const owner = accounts.find(token?.accountId ?? "");
  if (owner === undefined)
    return sendJson(
      res,
      401,
      { error: "invalid_token" },
      { "WWW-Authenticate": 'Bearer error="invalid_token"' },
    );
  sendJson(res, 200, { owner: owner.name, notes: NOTES });
}

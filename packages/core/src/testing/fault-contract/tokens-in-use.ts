// Which access token a client uses, and how to make it get another: by asking, or by an API where it is bound to a key.
import type { AuthClient } from "../../client/auth-client.js";
import type { FakeServer } from "../fake-server/types.js";
import { ensure } from "./checks.js";

export interface TokensInUse {
  current(client: AuthClient): Promise<string>;
  /** As after a refresh that somebody asks for. */
  renewed(client: AuthClient): Promise<string>;
}

export function tokensInUse(server: FakeServer, isBound: boolean): TokensInUse {
  if (!isBound)
    return {
      current: (client) => client.getAccessToken(),
      renewed: (client) => client.getAccessToken({ forceRefresh: true }),
    };

  const api = `${server.issuer}/api`;

  /** A bound token is not given out: the API sees it. */
  async function current(client: AuthClient): Promise<string> {
    const response = await client.fetch(api);
    ensure(response.ok, `The API answered with ${response.status}.`);
    const seen = server.requests.findLast(({ path }) => path === "/api");
    return seen?.authorization?.replace(/^DPoP /, "") ?? "";
  }

  return {
    current,
    async renewed(client) {
      let refusals = 1;
      server.intercept = ({ path }) =>
        path === "/api" && refusals-- > 0
          ? new Response(null, {
              status: 401,
              headers: { "www-authenticate": 'DPoP error="invalid_token"' },
            })
          : undefined;
      try {
        return await current(client);
      } finally {
        server.intercept = undefined;
      }
    },
  };
}

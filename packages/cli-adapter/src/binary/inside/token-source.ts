// Tokens for tools that ask: the one that is kept, else of a client that is made at the first need.
import { keptAccessToken, type TokenTarget } from "@loopkey/core/light";
import type { AuthClient, AuthConfig, AuthPorts, WithLock } from "@loopkey/core";
import type { Opened } from "../../commands/frame.js";
import type { Watched } from "./noting.js";

export interface TokenSourceOptions {
  readonly config: AuthConfig;
  readonly ports: AuthPorts;
  /** Which token each API origin of the profile gets. */
  readonly origins: ReadonlyMap<string, TokenTarget>;
  readonly createClient: () => Promise<{ readonly client: AuthClient; readonly watched: Watched }>;
  readonly signInLock: WithLock;
}

export function createTokenSource(
  options: TokenSourceOptions,
): Pick<Opened, "client" | "tokens" | "remember" | "close"> {
  const { config, ports, origins, createClient, signInLock } = options;
  let made: Awaited<ReturnType<TokenSourceOptions["createClient"]>> | undefined;
  return {
    get client() {
      return made?.client;
    },
    tokens: {
      targetOf: ({ origin }) => origins.get(origin),
      async get(target, { forceRefresh, signal }) {
        const isOwn = isOwnToken(target);
        const wanted = { ...target, forceRefresh, ...(signal && { signal }) };
        const kept = isOwn ? await keptAccessToken(config, ports, wanted) : undefined;
        if (kept) return kept;
        made ??= await createClient();
        const accessToken = await made.client.getAccessToken(wanted);
        const state = made.client.getState();
        const expiresAt = isOwn && "session" in state ? state.session.accessTokenExpiresAt : undefined;
        return { accessToken, ...(expiresAt === undefined ? {} : { expiresAt }) };
      },
      client: async () => (made ??= await createClient()).client,
      signInLock,
    },
    remember: async () => made?.watched.signedIn(),
    async close(limit) {
      await made?.client.close(limit);
      await made?.watched.write();
    },
  };
}

/** That of the session itself. */
function isOwnToken({ resource, scope }: TokenTarget): boolean {
  return resource === undefined && scope === undefined;
}

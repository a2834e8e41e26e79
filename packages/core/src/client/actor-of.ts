// Which actor runs behind a client: for whoever wants to look at the machine itself, on purpose.
import type { AuthClient } from "./auth-client.js";
import type { AuthActor } from "./inside/until.js";

const actors = new WeakMap<AuthClient, AuthActor>();

export function keepActor(client: AuthClient, actor: AuthActor): void {
  actors.set(client, actor);
}

/**
 * The running machine of a client, to inspect (`actorOf(client).system.inspect(observer)`), to draw, or to persist a
 * snapshot of for a bug report. Secrets show as `[secret]` in all of it, but the authorization URL shows `state` and `nonce`.
 * It is to be looked at: send it no events, the client's functions do that.
 *
 * Throws a TypeError for what `createAuthClient` did not make.
 */
export function actorOf(client: AuthClient): AuthActor {
  const actor = actors.get(client);
  if (!actor) throw new TypeError("actorOf() takes a client that createAuthClient() has made.");
  return actor;
}

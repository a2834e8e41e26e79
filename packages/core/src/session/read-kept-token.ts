// The access token that a session keeps in the store, for a process that wants nothing else: neither machine nor protocol is
// loaded for it. What is read, and whether it is good, is told by the functions that a client has: this is its start without the rest.
import { checkAccessTokenOptions, type AccessTokenOptions } from "../config/access-token-options.js";
import { checkPorts } from "../config/check-ports.js";
import type { AuthConfig } from "../config/auth-config.js";
import { resolveConfig } from "../config/config.js";
import { abortedCall } from "../ground/errors.js";
import { untilAborted } from "../ground/until-aborted.js";
import type { AuthPorts } from "../ports/ports.js";
import { steadily } from "../ports/steady-clock.js";
import { lookAtStored, type Stored } from "./read-stored.js";
import { isGoodFor } from "./session.js";
import { createStampWatch } from "./stamp-watch.js";
import { createThisMachine } from "./machine-id.js";

/** An access token that was kept. */
export interface KeptToken {
  readonly accessToken: string;
  /** Epoch milliseconds; absent when the server did not say. */
  readonly expiresAt?: number;
}

const NEVER = new AbortController().signal;

/**
 * The access token that `keepAccessToken: "store"` has left in the store, while `getAccessToken` of a client would give out the
 * same without a request; else undefined, and a client finds out what there is to do. Asks no network and changes nothing.
 *
 * For commands that print a token, or send one, and end: the client is imported when it is needed. docs/api.md has an example.
 *
 * Rejects with `store_unavailable` as a client would, with `invalid_config` for an option that makes no sense, and with
 * `cancelled` when the signal aborts.
 */
export async function keptAccessToken(
  options: AuthConfig,
  ports: AuthPorts,
  wanted: AccessTokenOptions = {},
): Promise<KeptToken | undefined> {
  const config = resolveConfig(options);
  checkPorts(ports);
  checkAccessTokenOptions(wanted);
  const { minValidityMs, forceRefresh = false, signal = NEVER } = wanted;
  // What is bound to a key is of no use by itself: the client says so.
  if (config.keepAccessToken !== "store" || config.dpop || forceRefresh) return undefined;
  const steady = steadily(ports);
  const { clock, random = Math.random } = steady;
  const look = (): Promise<Stored> =>
    lookAtStored({
      config,
      ports: steady,
      random,
      watch: createStampWatch(undefined),
      thisMachine: createThisMachine(steady),
      quietly: false,
      holdsLock: false,
      signal,
    });
  const { session } = await untilAborted(signal, look).catch((error: unknown) => {
    throw signal.aborted ? abortedCall() : error;
  });
  if (!session || session.dpopKey || !isGoodFor(session, clock.now(), minValidityMs)) return undefined;
  const { accessTokenExpiresAt: expiresAt } = session.view;
  return {
    accessToken: session.tokens.accessToken!.reveal(),
    ...(expiresAt === undefined ? {} : { expiresAt: clock.shown(expiresAt) }),
  };
}

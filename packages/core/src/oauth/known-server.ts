// What is known of the server, and for how long: its metadata for an hour, and by way of a text that outlives the process for a day;
// its keys as long as it says. The metadata decide where a refresh token goes, so a text is believed only as far as the record of
// the session vouches for it.
import type { AuthPorts } from "../ports/ports.js";
import { startLimit } from "../ports/limit.js";
import type { SteadyClock } from "../ports/steady-clock.js";
import type { RecordedServer } from "../session/record-format.js";
import type { OAuthContext } from "./context.js";
import { checkServer, createDiscovery, type AuthorizationServer } from "./discovery.js";
import type { KnownKeys } from "./inside/jwks.js";
import { metadataUrl } from "./inside/metadata-url.js";
import { saysMoved } from "./inside/moved.js";
import { hashOf, readServerText, writeServerText } from "./inside/server-text.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** What a clock may be behind without a word. */
const AHEAD_MS = 60_000;
/** A disk that does not answer is no reason to wait: the server is asked instead. */
const CACHE_LIMIT_MS = 2_000;

type Endpoint = "userinfo_endpoint";

interface DiscoverOptions {
  /** Not what is remembered: a person who signs in should not suffer from what the server has corrected since. */
  readonly anew?: boolean;
  /** What the session's record says: with it a text of an earlier process may do. @default none does */
  readonly recorded?: RecordedServer | undefined;
  /** What metadata of an earlier process must have to do. */
  readonly needs?: Endpoint;
}

export interface KnownServer {
  /**
   * Gives the server's metadata, every endpoint of it checked. Failures are not remembered. Rejects with `discovery_failed`,
   * `unsupported_by_server` or `insecure_endpoint`.
   */
  readonly discover: (signal: AbortSignal, options?: DiscoverOptions) => Promise<AuthorizationServer>;
  /** In place of metadata of an earlier process, with which something failed; undefined when they were none, or none are to be had. */
  readonly anew: (
    server: AuthorizationServer,
    signal: AbortSignal,
  ) => Promise<AuthorizationServer | undefined>;
  /** Whether a failure says that what was remembered may be out of date. */
  readonly saysMoved: (error: unknown) => boolean;
  /** Keeps what is known for the next process. Gives what the session's record has to say of it. Never rejects. */
  readonly keep: (recorded: RecordedServer | undefined) => Promise<RecordedServer | undefined>;
}

interface Found {
  readonly server: AuthorizationServer;
  /** Of the steady clock. */
  readonly at: number;
  /** Of the wall clock. */
  readonly fetchedAt: number;
  /** By a text of an earlier process. */
  readonly isRecalled: boolean;
}

/** The same text for the same metadata and keys. */
interface Text {
  readonly of: Found;
  readonly keys: KnownKeys | undefined;
  readonly text: string;
  readonly hash: string;
}

/** Throws for metadata of the app's as {@link createDiscovery} does. */
export function createKnownServer(
  context: OAuthContext,
  { clock, serverCache }: Pick<AuthPorts, "serverCache"> & { readonly clock: SteadyClock },
): KnownServer {
  const { config, keys } = context;
  const ask = createDiscovery(context);
  const from = metadataUrl(config);
  let found: Found | undefined;
  let written: Text | undefined;

  /** What it was said of is not, or no longer, what is asked for. */
  function isGood({ server, at, isRecalled }: Found, { recorded, needs }: DiscoverOptions): boolean {
    const age = clock.now() - at;
    if (!isRecalled) return age < HOUR_MS;
    const has = needs === undefined || server[needs] !== undefined;
    return age < DAY_MS && has && server.token_endpoint === recorded?.token;
  }

  async function recall({ hash }: RecordedServer): Promise<void> {
    if (!serverCache || hash === undefined) return;
    const text = await inTime(clock, () => serverCache.read());
    if (text === null || text === undefined || (await hashOf(text)) !== hash) return;
    const kept = readServerText(text);
    if (!kept || kept.from !== from || !config.issuerNames.includes(kept.server.issuer)) return;
    const { fetchedAt } = kept;
    if (fetchedAt > clock.wall() + AHEAD_MS) return;
    const toSteady = (wall: number): number => clock.now() + wall - clock.wall();
    found = { server: checkServer(kept.server), at: toSteady(fetchedAt), fetchedAt, isRecalled: true };
    keys.replace(kept.keys && { jwks: kept.keys.jwks, until: toSteady(kept.keys.until) });
    written = { of: found, keys: keys.known(), text, hash };
  }

  async function discover(signal: AbortSignal, options: DiscoverOptions = {}): Promise<AuthorizationServer> {
    const { anew = false, recorded } = options;
    if (from === undefined) return ask(signal);
    if (!anew && found && isGood(found, options)) return found.server;
    if (recorded) {
      await recall(recorded).catch(() => {});
      if (found && isGood(found, options)) return found.server;
    }
    const server = await ask(signal);
    if (found?.isRecalled) keys.replace(undefined);
    found = { server, at: clock.now(), fetchedAt: clock.wall(), isRecalled: false };
    return server;
  }

  async function textOf(of: Found): Promise<Text | undefined> {
    const known = keys.known();
    if (written?.of === of && written.keys === known) return written;
    const { server, fetchedAt } = of;
    const mayBeKept = known !== undefined && known.until > clock.now();
    const until = mayBeKept ? known.until + clock.wall() - clock.now() : undefined;
    const kept = until === undefined ? {} : { keys: { jwks: known!.jwks, until } };
    const text = writeServerText({ from: from!, fetchedAt, server, ...kept });
    return text === undefined ? undefined : { of, keys: known, text, hash: await hashOf(text) };
  }

  return {
    discover,
    saysMoved,

    async anew(server, signal) {
      if (!found?.isRecalled || found.server !== server) return undefined;
      return discover(signal, { anew: true }).catch(() => undefined);
    },

    async keep(recorded) {
      if (!found) return recorded;
      const token = found.server.token_endpoint!;
      // What another version has written of that endpoint stays with it.
      const before: RecordedServer = recorded?.token === token ? recorded : { token };
      if (!serverCache) return before;
      const { hash, ...same } = before;
      const now = await textOf(found);
      if (!now) return same;
      // Another process may have kept another one since.
      if (hash !== now.hash) await inTime(clock, () => serverCache.write(now.text));
      written = now;
      return { ...same, hash: now.hash };
    },
  };
}

/** What it resolves with in time; else undefined. */
async function inTime<T>(clock: SteadyClock, call: () => Promise<T>): Promise<T | undefined> {
  let callOff: (() => void) | undefined;
  const limit = new Promise<undefined>((resolve) => {
    callOff = startLimit(clock, CACHE_LIMIT_MS, () => resolve(undefined));
  });
  try {
    return await Promise.race([call().catch(() => undefined), limit]);
  } catch {
    return undefined;
  } finally {
    callOff?.();
  }
}

// What one server remembers: an in-memory adapter for oidc-provider, with the two rules its own one lacks.
// A code or refresh token is spent by exactly one request, and no token outlives its grant.
import type { Adapter, AdapterFactory, AdapterPayload } from "oidc-provider";
import { InvalidGrant } from "oidc-provider/lib/helpers/errors.js";

interface Entry {
  readonly payload: AdapterPayload;
  readonly expiresAt: number;
  /** In milliseconds, where `payload.consumed` has seconds. */
  consumedAt?: number;
}

export interface Store {
  readonly adapter: AdapterFactory;
  /** The session (its `uid`) that gave the client this `sid`. */
  findSessionUid(clientId: string, sid: string): string | undefined;
  /** Revokes every grant that was made in the session, and so all its tokens. Returns their ids. */
  revokeSession(uid: string): string[];
}

const TOKENS = ["AuthorizationCode", "DeviceCode", "AccessToken", "RefreshToken"];

/** Kept a while longer, so that whoever comes too late is told so (`expired_token`), not that there never was one. */
const GRACE_SECONDS: Readonly<Record<string, number>> = { DeviceCode: 3600 };

export interface StoreOptions {
  /** How long a spent refresh token is as good as an unspent one. @default 0 */
  readonly refreshGraceSeconds?: number;
}

/** @param onRace told of a grant that was revoked because two requests spent the same code or token at once. */
export function createStore(
  onRace: (grantId: string, model: string) => void,
  { refreshGraceSeconds = 0 }: StoreOptions = {},
): Store {
  const models = new Map<string, Map<string, Entry>>();
  /** Session `uid` to session id: the id changes at every sign-in, the `uid` does not. */
  const sessionIds = new Map<string, string>();

  function entriesOf(model: string): Map<string, Entry> {
    let entries = models.get(model);
    if (entries === undefined) models.set(model, (entries = new Map()));
    return entries;
  }

  function alive(model: string, id: string | undefined): Entry | undefined {
    const entry = id === undefined ? undefined : entriesOf(model).get(id);
    if (entry === undefined || entry.expiresAt <= Date.now()) return undefined;
    const { grantId } = entry.payload;
    if (grantId !== undefined && TOKENS.includes(model) && alive("Grant", grantId) === undefined)
      return undefined;
    return entry;
  }

  function revokeGrant(grantId: string): void {
    entriesOf("Grant").delete(grantId);
    for (const model of TOKENS) deleteWhere(model, (payload) => payload.grantId === grantId);
  }

  // A scan: one person's demo and a test's server hold few tokens.
  function deleteWhere(model: string, matches: (payload: AdapterPayload) => boolean): AdapterPayload[] {
    const entries = entriesOf(model);
    const found = [...entries].filter(([, { payload }]) => matches(payload));
    for (const [id] of found) entries.delete(id);
    return found.map(([, { payload }]) => payload);
  }

  function createAdapter(model: string): Adapter {
    const entries = entriesOf(model);
    const graceMs = model === "RefreshToken" ? refreshGraceSeconds * 1000 : 0;
    const isWithinGrace = ({ payload, consumedAt = 0 }: Entry): boolean =>
      payload.consumed !== undefined && Date.now() < consumedAt + graceMs;
    // Copies, as a database would give: a model that is changed but not saved must not change the store.
    const copyOf = (entry: Entry | undefined) => {
      const payload = structuredClone(entry?.payload);
      if (entry && payload && isWithinGrace(entry)) delete payload.consumed;
      return payload;
    };
    return {
      async upsert(id, payload, expiresIn) {
        dropExpired(entries);
        const lifetime = (expiresIn ?? Infinity) + (GRACE_SECONDS[model] ?? 0);
        const expiresAt = Date.now() + lifetime * 1000;
        entries.delete(id);
        entries.set(id, { payload: structuredClone(payload), expiresAt });
        if (model === "Session" && payload.uid !== undefined) sessionIds.set(payload.uid, id);
      },
      async find(id) {
        return copyOf(alive(model, id));
      },
      async findByUid(uid) {
        return copyOf(alive(model, sessionIds.get(uid)));
      },
      async findByUserCode(userCode) {
        for (const [id, { payload }] of entries)
          if (payload.userCode === userCode) return copyOf(alive(model, id));
        return undefined;
      },
      async consume(id) {
        const entry = alive(model, id);
        if (entry === undefined) throw new InvalidGrant("revoked meanwhile");
        const { payload } = entry;
        if (isWithinGrace(entry)) return;
        if (payload.consumed !== undefined) {
          // oidc-provider looked before the other request spent it: only here can one of the two lose.
          // A pushed request has no grant yet.
          if (payload.grantId !== undefined) {
            revokeGrant(payload.grantId);
            onRace(payload.grantId, model);
          }
          throw new InvalidGrant("already used");
        }
        entry.consumedAt = Date.now();
        payload.consumed = Math.floor(entry.consumedAt / 1000);
      },
      async destroy(id) {
        const uid = entries.get(id)?.payload.uid;
        if (uid !== undefined && sessionIds.get(uid) === id) sessionIds.delete(uid);
        entries.delete(id);
      },
      async revokeByGrantId(grantId) {
        deleteWhere(model, (payload) => payload.grantId === grantId);
      },
    };
  }

  return {
    adapter: createAdapter,
    findSessionUid(clientId, sid) {
      for (const [uid, id] of sessionIds)
        if (alive("Session", id)?.payload.authorizations?.[clientId]?.sid === sid) return uid;
      return undefined;
    },
    revokeSession(uid) {
      const tokens = TOKENS.flatMap((model) => deleteWhere(model, (payload) => payload.sessionUid === uid));
      const grantIds = [...new Set(tokens.flatMap(({ grantId }) => grantId ?? []))];
      for (const grantId of grantIds) revokeGrant(grantId);
      return grantIds;
    },
  };
}

// Entries of one model live equally long, so the oldest expire first and the rest need no look.
function dropExpired(entries: Map<string, Entry>): void {
  const now = Date.now();
  for (const [id, { expiresAt }] of entries) {
    if (expiresAt > now) return;
    entries.delete(id);
  }
}

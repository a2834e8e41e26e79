// Remembers what a person allowed a client, so that they are asked once.
import type { AskedResource } from "./resources.js";

export interface Consents {
  remember(accountId: string, clientId: string, scopes: Iterable<string>, resources: Asked): void;
  covers(accountId: string, clientId: string, scopes: Iterable<string>, resources: Asked): boolean;
}

type Asked = readonly AskedResource[];

export function createConsents(): Consents {
  const allowed = new Map<string, Set<string>>();
  const key = (accountId: string, clientId: string) => JSON.stringify([accountId, clientId]);
  const named = (scopes: Iterable<string>, resources: Asked) => [
    ...scopes,
    ...resources.flatMap(({ indicator, scopes }) => ["", ...scopes].map((scope) => `${indicator} ${scope}`)),
  ];
  return {
    remember(accountId, clientId, scopes, resources) {
      const known = allowed.get(key(accountId, clientId)) ?? [];
      allowed.set(key(accountId, clientId), new Set([...known, ...named(scopes, resources)]));
    },
    covers(accountId, clientId, scopes, resources) {
      const known = allowed.get(key(accountId, clientId));
      return known !== undefined && named(scopes, resources).every((name) => known.has(name));
    },
  };
}

// Remembers what a person allowed a client, so that they are asked once.

export interface Consents {
  remember(accountId: string, clientId: string, scopes: Iterable<string>): void;
  covers(accountId: string, clientId: string, scopes: Iterable<string>): boolean;
}

export function createConsents(): Consents {
  const allowed = new Map<string, Set<string>>();
  const key = (accountId: string, clientId: string) => JSON.stringify([accountId, clientId]);
  return {
    remember(accountId, clientId, scopes) {
      const known = allowed.get(key(accountId, clientId)) ?? [];
      allowed.set(key(accountId, clientId), new Set([...known, ...scopes]));
    },
    covers(accountId, clientId, scopes) {
      const known = allowed.get(key(accountId, clientId));
      return known !== undefined && [...scopes].every((scope) => known.has(scope));
    },
  };
}

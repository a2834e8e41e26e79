// The people this server knows, and what it tells clients about them.
import { createHash, timingSafeEqual } from "node:crypto";
import type { AccountOptions } from "./options.js";

export interface Accounts {
  /** Undefined when the name is unknown or the password is wrong: the page never says which. */
  signIn(username: string, password: string): string | undefined;
  find(accountId: string): AccountOptions | undefined;
}

export function createAccounts(people: readonly AccountOptions[]): Accounts {
  // Not the username: a client that mixes up `sub` and `preferred_username` should fail here.
  const byId = new Map(people.map((person) => [`account-${person.username}`, person]));
  return {
    signIn(username, password) {
      for (const [id, person] of byId)
        if (person.username === username.trim().toLowerCase())
          return equal(person.password, password) ? id : undefined;
      return undefined;
    },
    find: (accountId) => byId.get(accountId),
  };
}

function equal(left: string, right: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

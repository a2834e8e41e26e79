// Root may write anywhere, so in a person's home too (`sudo -E`, `su` with their HOME): what it leaves there keeps them out.
import { statSync, type Stats } from "node:fs";
import { dirname } from "node:path";

/** A folder that is not root's. */
export interface AnothersPlace {
  readonly folder: string;
  /** The user id that it belongs to. */
  readonly owner: number;
}

/**
 * Whose place `path` is in, or would be, for root: what is made there would be root's. Undefined where it is root's own, and for
 * everybody else, whom the system itself keeps out. Creates nothing.
 */
export function placeOfAnother(
  path: string,
  user: number | undefined = process.geteuid?.(),
): AnothersPlace | undefined {
  if (user !== 0) return undefined;
  const found = look(path);
  if (found === undefined) return dirname(path) === path ? undefined : placeOfAnother(dirname(path), user);
  return found.uid === user ? undefined : { folder: path, owner: found.uid };
}

/** What to do instead, and why. */
export function hintOfPlace({ owner }: AnothersPlace): string {
  return `Run this as the user with the id ${owner}, without sudo or su: what root leaves there would keep that account out.`;
}

/** Through links: the home itself is often one. */
function look(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

// A record that an earlier version of this package keeps under another name: read there, saved here, deleted there.

/** What is kept under one name. */
export interface Kept {
  load(moves?: (record: string) => boolean): Promise<string | null>;
  save(record: string): Promise<void>;
  /** False when there was none. */
  clear(): Promise<boolean>;
  /** Where it is now, null when there was none. */
  quarantine(): Promise<string | null>;
}

export interface Moved extends Kept {
  /** To be called after a save that went another way. */
  afterSave(record: string): Promise<void>;
}

/** Looked for no more, in this process: it was not there, was deleted, or is somebody else's. */
export interface Search {
  isOver: boolean;
}

/**
 * The record under its name of today; as long as there is none, that under the earlier name. A load that may move it, and a save,
 * write the new one, whole, before they delete the earlier; a clear deletes the earlier one first, or it would come back. Stopped between the two
 * steps, it leaves both, of which the new one counts, and the next such load, save or clear deletes the other.
 *
 * Names that were one to the system may have been another app's: the earlier record is deleted only if it is of the same
 * client at the same server. For who holds the lock, but `load`.
 */
export function movedFrom(earlier: Kept, current: Kept, search: Search): Moved {
  async function afterSave(record: string): Promise<void> {
    if (search.isOver) return;
    const left = await earlier.load();
    // Where there is none, what a clear that was stopped has left goes.
    if (left === null || isOfOneClient(left, record)) await earlier.clear();
    search.isOver = true;
  }

  async function move(record: string): Promise<void> {
    await current.save(record);
    await afterSave(record);
  }

  async function clearEarlier(): Promise<boolean> {
    if (search.isOver) return false;
    const record = await current.load().catch(() => undefined);
    // What cannot be read is deleted if it is all there is: it is what was to be cleared.
    const left = record === null ? undefined : await earlier.load().catch(() => null);
    const isOurs = record === null || (record && left && isOfOneClient(left, record));
    const existed = isOurs ? await earlier.clear() : false;
    search.isOver = true;
    return existed;
  }

  return {
    async load(moves) {
      const record = await current.load();
      if (search.isOver) return record;
      // A move that was stopped before its last step.
      if (record !== null && moves) await afterSave(record).catch(() => {});
      if (record !== null) return record;
      const left = await earlier.load();
      if (left === null) search.isOver = true;
      // Where it cannot be moved now, it is used from where it is: the next save moves it.
      else if (moves?.(left)) await move(left).catch(() => {});
      return left;
    },
    async save(record) {
      await current.save(record);
      // It is saved: what cannot be deleted now is found by the next save.
      await afterSave(record).catch(() => {});
    },
    afterSave: (record) => afterSave(record).catch(() => {}),
    async clear() {
      const existed = await clearEarlier();
      return (await current.clear()) || existed;
    },
    async quarantine() {
      const place = await current.quarantine();
      return place !== null || search.isOver ? place : earlier.quarantine();
    },
  };
}

/** All that a store looks at in what it keeps, and only here. */
function isOfOneClient(one: string, other: string): boolean {
  const [a, b] = [one, other].map(clientOf);
  return a !== undefined && a === b;
}

function clientOf(record: string): string | undefined {
  try {
    const { issuer, clientId } = JSON.parse(record) as Record<string, unknown>;
    return typeof issuer === "string" && typeof clientId === "string"
      ? JSON.stringify([issuer, clientId])
      : undefined;
  } catch {
    return undefined;
  }
}

// Names and sizes that both sides must know, apart from the checks: a page has no use for those.

/** The one channel of `ipcMain`: a preload's port arrives on it, and nothing else. */
export const CHANNEL = "loopkey";
/** The one object in the page's world: `window.loopkey`. */
export const BRIDGE = "loopkey";
/** What a page is handed its port with, once. */
export const HANDOVER = "loopkey:port";

/** Bodies cross in pieces of at most this, each way. */
export const CHUNK_BYTES = 64 * 1024;
/** What may be under way to a reader who has not taken it yet, each way. */
export const CREDIT_BYTES = 256 * 1024;
const LEAST_COST = 1024;

/** What a piece of a request's body counts as: a small one takes more memory than it has bytes. */
export function costOf({ byteLength }: Uint8Array): number {
  return Math.max(byteLength, LEAST_COST);
}

/** What a preload puts into the page's world. */
export interface Bridge {
  /** Hands the page its port, by a message to its own window; false when that has been done. */
  readonly connect: () => boolean;
}

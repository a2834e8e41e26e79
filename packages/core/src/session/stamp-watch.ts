// Whether somebody signed in, signed out or changed the account in another process, without a look into the store.
import type { SessionStamp } from "../ports/ports.js";

/** Where the runtime has no stamp nothing is ever seen: a refresh finds out. */
export interface StampWatch {
  /** Since the last look or change of ours. */
  readonly hasChanged: () => boolean;
  /** Called before the store is read: what changes after that is seen at the next look. */
  readonly look: () => void;
  /** What was looked for was not found out: it is news as before. */
  readonly forget: () => void;
  /** Called under the lock, once the store has been changed: every other process sees it, and this one knows already. */
  readonly renew: () => void;
}

export function createStampWatch(stamp: SessionStamp | undefined): StampWatch {
  let seen: string | null | undefined = stamp?.read();
  return {
    hasChanged: () => stamp?.read() !== seen,
    look: () => void (seen = stamp?.read()),
    forget: () => void (seen = undefined),
    renew() {
      stamp?.renew();
      seen = stamp?.read();
    },
  };
}

// A stamp within this process, for several clients that stand for several processes.
import type { SessionStamp } from "../ports/ports.js";

/** One stamp; hand the same one to every client that shares a session. */
export function createFakeStamp(): SessionStamp {
  let renewals = 0;
  return {
    read: () => (renewals === 0 ? null : String(renewals)),
    renew: () => void renewals++,
  };
}

// The lock of an app's profile, and the stamp beside it, by name.
import { join } from "node:path";
import type { AuthPorts, HeldLock, WithLock } from "@loopkey/core";
import { systemName } from "../ground/system-name.js";
import { earlierNames, isThereAsNamed } from "../private-files/earlier-names.js";
import { stateFolder } from "../private-files/folder.js";
import { createProcessLock, probeProcessLock } from "./across-processes.js";
import { createSessionStamp } from "./stamp.js";

/**
 * `<profile>.lock` and `<profile>.stamp` in the app's state folder. Where they are is found at each use: a machine without
 * a home is no reason to fail before.
 *
 * Where an earlier version locked another file for this session, that one is held as well: it may still be running, and may
 * have the record that is read and moved here.
 */
export function createSessionLock(
  appName: string,
  profile: string,
): Required<Pick<AuthPorts, "withLock" | "probeLock" | "stamp">> {
  const fileOf = (kind: "lock" | "stamp"): string =>
    join(stateFolder(appName), `${systemName(profile)}.${kind}`);
  const withLock: WithLock = async (task, options) => {
    const current = createProcessLock({ file: fileOf("lock") });
    const earlier = earlierNames(appName, profile)?.lock;
    if (earlier === undefined || !isThereAsNamed(earlier)) return current(task, options);
    return createProcessLock({ file: earlier })(
      (other) => current((lock) => task(both(lock, other)), options),
      options,
    );
  };
  return {
    withLock,
    probeLock: async () => probeProcessLock({ file: fileOf("lock") }),
    stamp: createSessionStamp(() => fileOf("stamp")),
  };
}

function both(lock: HeldLock, other: HeldLock): HeldLock {
  return { ...lock, isStillHeld: () => lock.isStillHeld() && other.isStillHeld() };
}

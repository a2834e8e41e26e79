// Somebody signed in, signed out or changed the account in another process, while one is signed in here.
import { stored } from "../names/session.js";
import { allNames } from "../names/all.js";
import { adopting, overElsewhere } from "./elsewhere.js";

// No lock: nothing is written, and no refresh token is sent. What a refresh elsewhere has stored is for the next one here.
export const reviewing = allNames.createStateConfig({
  invoke: {
    id: "readStore",
    src: "readStore",
    input: { holdsLock: false, quietly: true },
    onDone: [
      ...overElsewhere,
      {
        guard: { type: "isReplacedElsewhere", params: stored },
        target: "authenticated",
        actions: adopting,
      },
      { target: "authenticated", actions: { type: "tellCorrupt", params: stored } },
    ],
    // A store that does not answer says nothing. The next refresh looks again, under the lock.
    onError: "authenticated",
  },
  on: { wake: { actions: "doubtPath" }, networkFailed: { actions: "doubtPath" } },
});

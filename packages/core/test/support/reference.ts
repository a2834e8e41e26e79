// What a person would say that sign-in does, in one page: it knows nothing of the machine but what is told to it and what apps see.
import type { AuthState } from "../../src/index.js";

type Status = AuthState["status"];

/** What was seen after a step. */
export interface Sight {
  readonly status: Status;
  /** Whose session it is that apps see, by its id. */
  readonly holder: string | undefined;
}

/** What is remembered of the steps before. */
export interface Memory extends Sight {
  /** Given by the server, and not saved yet. */
  readonly unsaved: string | undefined;
  /** The sign-in that is on asks the person who is signed in to show it again. */
  readonly isStepUp: boolean;
  /** The server has ended the grant; the stored record has the last word on whether that was ours. */
  readonly isJudged: boolean;
  /** Nothing shows any more that the session is this person's: it is not renewed. */
  readonly isDoubtful: boolean;
  /** The store could not be read: nobody knows whether somebody is signed in. */
  readonly isUnread: boolean;
}

export const BEGINNING: Memory = {
  status: "restoring",
  holder: undefined,
  unsaved: undefined,
  isStepUp: false,
  isJudged: false,
  isDoubtful: false,
  isUnread: false,
};

/** An event, in the words of the world: what a person, the server, the store or another process did. */
export interface Happening {
  readonly name: string;
  /** The session in it, by its id. */
  readonly id?: string | undefined;
  /** A sign-in that asks for more than that somebody signs in. */
  readonly isStepUp?: boolean;
  /** It says that the grant has ended. */
  readonly isVerdict?: boolean;
  /** What the record that was read is to the session that was held. */
  /** The server has refused its refresh token, in other words than the standard's. */
  readonly isRefused?: boolean;
  /** What the server gave is not of the person whose session was held. */
  readonly isAnothers?: boolean;
  /** Nothing shows whose it is. */
  readonly isDoubtful?: boolean;
  /** There is a token in it. */
  readonly isUseful?: boolean;
  readonly standing?: "ours" | "other" | "stranger" | "copied" | "gone";
}

/** Every sight that may follow. What is not named changes neither status nor session. */
export function mayFollow(
  memory: Memory,
  { name, id, standing, isAnothers, isUseful, isRefused }: Happening,
): readonly Sight[] {
  const { status, holder, unsaved, isJudged, isDoubtful, isStepUp, isUnread } = memory;
  const sight = (held: string | undefined, ...each: readonly Status[]): readonly Sight[] =>
    each.map((one) => ({ status: one, holder: held }));
  const stay = sight(holder, status);
  const out = sight(undefined, "logged-out");
  const back = sight(holder, holder === undefined ? "idle" : "authenticated");
  const isOver = standing === "gone" || standing === "stranger";
  switch (status) {
    case "restoring":
      if (name === "read" && isUseful) return sight(id, "authenticated", "refreshing");
      return name.startsWith("read") ? sight(undefined, "idle", "logged-out") : stay;
    case "idle":
    case "logged-out":
      if (name === "signIn") return sight(undefined, "awaiting-callback");
      if (name === "changed elsewhere") return sight(undefined, "restoring");
      return isUnread && /^(refresh|wake)$/.test(name) ? sight(undefined, "restoring") : stay;
    case "authenticated":
      if (name === "signIn") return sight(holder, "awaiting-callback");
      if (name === "signOut") return sight(undefined, "logging-out");
      if (/^(refresh|wake|refresh due)$/.test(name))
        return [...stay, ...(isDoubtful ? sight(undefined, "idle") : sight(holder, "refreshing"))];
      // A look at what another process did shows as authenticated.
      if (standing === "copied") return sight(undefined, "idle");
      if (isOver) return out;
      return standing === "other" ? sight(id, status) : stay;
    case "awaiting-callback":
      if (name === "approved" && isAnothers && isStepUp) return back;
      if (name === "redirected" || name === "approved") return sight(holder, "exchanging");
      if (/^(cancel|out of time|denied)$/.test(name)) return back;
      if (name === "failed") return [...stay, ...back];
      if (standing === "copied") return sight(undefined, status, "idle");
      // Somebody has signed in elsewhere meanwhile: it goes on, on top of that.
      if (name === "read" && holder === undefined) return sight(id, status);
      if (isOver) return [...sight(undefined, status), ...out];
      return standing === "other" ? sight(id, status) : stay;
    case "exchanging":
      if (name === "saved") return sight(unsaved, "authenticated");
      // What is being saved is not given up for anybody.
      // A step-up is this person's, or it is nobody's.
      if (isAnothers) return isStepUp ? back : stay;
      if (name === "cancel") return unsaved === undefined ? back : stay;
      return /^(failed|save failed)$/.test(name) ? back : stay;
    case "refreshing":
      if (name === "saved") return sight(unsaved, "authenticated");
      // Only a save that cannot be made is given up for it; every other request waits its turn.
      if (name === "signOut" && unsaved !== undefined) return sight(undefined, "logging-out");
      if (standing === "copied") return sight(undefined, "idle");
      if (isOver || (isJudged && (standing === "ours" || name === "read failed"))) return out;
      if (standing === "other") return sight(id, status, "authenticated");
      if (isRefused) return [...stay, ...back];
      if (name === "lock failed" || name === "marked") return back;
      return /^(failed|read failed|clear failed)$/.test(name) ? [...stay, ...back] : stay;
    // Signing out ends in one place, whatever fails on the way.
    case "logging-out":
    default:
      return [...stay, ...out];
  }
}

/** What is remembered after it. */
export function remember(memory: Memory, happening: Happening, sight: Sight): Memory {
  const isGiven = happening.name === "given" || happening.name === "approved";
  const isUnderWay = sight.status === "exchanging" || sight.status === "refreshing";
  const unsaved = isGiven ? happening.id : memory.unsaved;
  // A look beside a sign-in that waits answers another question.
  const isRead =
    happening.name === "saved" || (memory.status === "restoring" && happening.name.startsWith("read"));
  return {
    ...sight,
    unsaved: isUnderWay ? unsaved : undefined,
    isStepUp: happening.isStepUp ?? memory.isStepUp,
    isJudged: sight.status === "refreshing" && (happening.isVerdict ?? memory.isJudged),
    isDoubtful: (happening.standing === "ours" ? undefined : happening.isDoubtful) ?? memory.isDoubtful,
    isUnread: isRead ? happening.name === "read failed" : memory.isUnread,
  };
}

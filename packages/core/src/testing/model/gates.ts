// Where the world is held: calls of ports that wait until the test lets them through.
import type { AuthContext } from "../../machine/vocabulary.js";

/** What is looked at of the machine's snapshot. xstate's own types would be seen by whoever uses the kit. */
export interface AuthSnapshot {
  readonly status: string;
  readonly value: string | object;
  readonly children: object;
  readonly context: Pick<
    AuthContext,
    "attempt" | "session" | "signOut" | "degraded" | "resting" | "isUnread" | "reason"
  >;
  matches(value: string | Readonly<Record<string, string>>): boolean;
}

/** What is waited for: what is stored, whether it could be kept, the port, the browser, the lock, the answer to the code. */
export type HeldCall = "load" | "probe" | "port" | "browser" | "lock" | "code";

/** Whose call it is: one whose actor is gone waits for nobody. */
const CALLERS: Readonly<Record<HeldCall, readonly string[]>> = {
  load: ["readStore", "reviewStored"],
  probe: ["probeKeeping"],
  port: ["listenForRedirect"],
  browser: ["openBrowser"],
  lock: ["holdLock", "saveUnderLock"],
  code: ["redeemCode"],
};

export interface Gates {
  /** Resolves when the call may go on: at once, where nothing is held for it. */
  pass(call: HeldCall): Promise<void>;
  /** What waits now. */
  held(): readonly HeldCall[];
  /** Lets everything through that waits now. */
  letThrough(): void;
  /** Nothing is held any more. */
  open(): void;
}

export function createGates(look: () => AuthSnapshot): Gates {
  const waiting = new Set<{ readonly call: HeldCall; readonly go: () => void }>();
  let isOpen = false;

  function isWanted(call: HeldCall): boolean {
    const { children, context } = look();
    if (call === "load" && !("readStore" in children)) return context.attempt?.isLooking === true;
    return CALLERS[call].some((id) => id in children);
  }

  function letThrough(): void {
    for (const each of waiting) each.go();
    waiting.clear();
  }

  return {
    async pass(call) {
      // The state that has made the call is entered by then.
      await Promise.resolve();
      if (isOpen || !isWanted(call)) return;
      await new Promise<void>((go) => waiting.add({ call, go }));
    },
    held: () => [...new Set([...waiting].map(({ call }) => call))].filter(isWanted),
    letThrough,
    open() {
      isOpen = true;
      letThrough();
    },
  };
}

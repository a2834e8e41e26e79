// What interrupts a command: Ctrl-C, SIGTERM, a terminal that is closed. Listens only while the command runs.

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** A closed terminal may say so twice: a shell that is hung up passes it on, and the kernel does when the shell has ended. */
const HUNG_UP_AGAIN_MS = 500;

export interface Interruption {
  readonly signal: AbortSignal;
  /** Which one it was; undefined when none was. */
  by(): NodeJS.Signals | undefined;
  /**
   * Stops listening. A hang-up ends the process then, where nobody else listens to it: it has waited for the command. (Ctrl-C
   * and SIGTERM interrupt the command, and that is all they do.)
   */
  end(): void;
}

/**
 * The first signal interrupts; a second one ends the process at once, as if nobody listened. Whoever else listens hears each
 * of them.
 */
export function listenForInterruption(): Interruption {
  const interruption = new AbortController();
  let by: NodeJS.Signals | undefined;
  let isHungUpAgain = false;
  const hangUpAgain = (): void => void (isHungUpAgain = true);
  const interrupt = (signal: NodeJS.Signals): void => {
    by = signal;
    if (by === "SIGHUP") {
      // Before the other goes: with none the signal would for a moment be what it is by default, and end the process.
      process.on("SIGHUP", hangUpAgain);
      setTimeout(() => endHungUp(isHungUpAgain), HUNG_UP_AGAIN_MS).unref();
    }
    unhook();
    interruption.abort();
  };
  function unhook(): void {
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
  function endHungUp(isOver: boolean): void {
    process.off("SIGHUP", hangUpAgain);
    if (isOver && process.listenerCount("SIGHUP") === 0) process.kill(process.pid, "SIGHUP");
  }
  for (const signal of SIGNALS) process.on(signal, interrupt);
  return {
    signal: interruption.signal,
    by: () => by,
    end() {
      unhook();
      if (by === "SIGHUP") endHungUp(true);
    },
  };
}

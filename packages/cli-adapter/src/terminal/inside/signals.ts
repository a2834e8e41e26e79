// What interrupts a command: Ctrl-C, SIGTERM, a terminal that is closed. Listens only while the command runs.
import { closeSync, constants, openSync } from "node:fs";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

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
 * The first signal interrupts; a second one ends the process at once, as if nobody listened. A terminal that is closed may say so
 * twice, and after a Ctrl-C too: a shell that is hung up passes it on, and the kernel does when the shell has ended. That is nobody's
 * second word. Whoever else listens hears each of them.
 *
 * `isAtTerminal`: of the system, at each call.
 */
export function listenForInterruption(isAtTerminal: () => boolean = hasTerminal): Interruption {
  const interruption = new AbortController();
  const hadTerminal = isAtTerminal();
  let by: NodeJS.Signals | undefined;
  const hangUpAgain = (): void => {
    if (hadTerminal && !isAtTerminal()) return;
    process.off("SIGHUP", hangUpAgain);
    endHungUp();
  };
  const interrupt = (signal: NodeJS.Signals): void => {
    by = signal;
    // Before the other goes: with none the signal would for a moment be what it is by default, and end the process.
    process.on("SIGHUP", hangUpAgain);
    unhook();
    interruption.abort();
  };
  function unhook(): void {
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
  for (const signal of SIGNALS) process.on(signal, interrupt);
  return {
    signal: interruption.signal,
    by: () => by,
    end() {
      unhook();
      process.off("SIGHUP", hangUpAgain);
      if (by === "SIGHUP") endHungUp();
    },
  };
}

function endHungUp(): void {
  if (process.listenerCount("SIGHUP") === 0) process.kill(process.pid, "SIGHUP");
}

/** Whether the process has a terminal that signals come from, whatever its streams are. One that was closed is none any more. */
function hasTerminal(): boolean {
  // Windows has none of that: it ends what was in a window that is closed.
  if (process.platform === "win32") return false;
  const { O_RDONLY, O_NOCTTY, O_NONBLOCK } = constants;
  try {
    closeSync(openSync("/dev/tty", O_RDONLY | O_NOCTTY | O_NONBLOCK));
    return true;
  } catch {
    return false;
  }
}

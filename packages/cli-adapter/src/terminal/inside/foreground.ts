// Whose the terminal is: a shell lends it to one job at a time. Whoever else reads from it, or changes its mode, is stopped.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Foreground } from "../io.js";

/** A shell that brings a running job to the foreground sends it no signal. */
const LOOK_AGAIN_MS = 500;

/** Listens to signals, and looks around, only while somebody subscribes. `ask`: of the system, at each call. */
export function createForeground(ask: () => boolean = hasForeground): Foreground {
  const listeners = new Set<(isOurs: boolean) => void>();
  let timer: NodeJS.Timeout | undefined;

  function tell(isOurs: boolean): void {
    clearInterval(timer);
    timer = isOurs ? undefined : setInterval(look, LOOK_AGAIN_MS).unref();
    for (const listener of listeners) listener(isOurs);
  }

  function look(): void {
    if (ask()) tell(true);
  }

  /** The terminal is given back first. Then the signal does what it does where nobody listens. */
  function onStop(): void {
    tell(false);
    process.off("SIGTSTP", onStop);
    process.kill(process.pid, "SIGTSTP");
    // From here on it is continued; or was never stopped, as in a job that no shell looks after.
    process.on("SIGTSTP", onStop);
  }

  function onContinued(): void {
    tell(false);
    look();
  }

  function start(): void {
    if (process.platform === "win32") return;
    process.on("SIGTSTP", onStop);
    process.on("SIGCONT", onContinued);
    if (!ask()) timer = setInterval(look, LOOK_AGAIN_MS).unref();
  }

  function end(): void {
    clearInterval(timer);
    process.off("SIGTSTP", onStop);
    process.off("SIGCONT", onContinued);
  }

  return {
    isOurs: ask,
    subscribe(listener) {
      if (listeners.size === 0) start();
      listeners.add(listener);
      return () => {
        if (listeners.delete(listener) && listeners.size === 0) end();
      };
    },
  };
}

/** Node has no `tcgetpgrp`: the system tells the process's group, and that of the foreground at its controlling terminal. */
function hasForeground(): boolean {
  if (process.platform === "win32") return true;
  const [own, foreground] = process.platform === "linux" ? fromProc() : fromPs();
  return own !== undefined && own > 0 && own === foreground;
}

type Groups = readonly [own?: number, foreground?: number];

/** proc(5): fields 5 and 8. The second one is the program's name, which may hold anything. */
function fromProc(): Groups {
  try {
    const stat = readFileSync("/proc/self/stat", "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return [Number(fields[2]), Number(fields[5])];
  } catch {
    return fromPs();
  }
}

function fromPs(): Groups {
  const { stdout } = spawnSync("ps", ["-o", "pgid=,tpgid=", "-p", String(process.pid)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [own, foreground] = (stdout ?? "").trim().split(/\s+/).map(Number);
  return own === undefined || foreground === undefined ? [] : [own, foreground];
}

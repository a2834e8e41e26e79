// What programs ask of the keyring, as the bus sees it: whoever makes the calls, and however they were loaded.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

export interface KeyringCalls {
  /** Sessions that were opened: each costs several turns on the bus. */
  readonly openings: number;
  readonly reads: number;
  readonly writes: number;
  readonly deletions: number;
}

export interface KeyringMonitor {
  /** Since it was asked last. */
  calls(): Promise<KeyringCalls>;
  stop(): Promise<void>;
}

const MEMBERS = {
  openings: ["OpenSession"],
  reads: ["GetSecret", "GetSecrets"],
  writes: ["CreateItem", "SetSecret"],
  deletions: ["Delete"],
} as const;

export async function watchKeyring(env: NodeJS.ProcessEnv): Promise<KeyringMonitor> {
  const monitor = spawn("dbus-monitor", ["--session"], { env, stdio: ["ignore", "pipe", "ignore"] });
  const lines = createInterface(monitor.stdout);
  const seen: string[] = [];
  let marks = 0;
  let onLine = (_line: string): void => {};
  lines.on("line", (line) => {
    const member = /^method call .* member=(\w+)$/.exec(line)?.[1];
    if (member !== undefined) seen.push(member);
    onLine(line);
  });
  // Its first line tells that it listens.
  await once(lines, "line");

  /** A call of our own that passes through the same bus: when it is seen, all before it was. */
  async function caughtUp(): Promise<void> {
    const mark = `loopkey.mark${++marks}`;
    const found = new Promise<void>((resolve) => {
      onLine = (line) => {
        if (line.includes(mark)) resolve();
      };
    });
    const to = ["--session", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"];
    await promisify(execFile)("dbus-send", [...to, "org.freedesktop.DBus.GetId", `string:${mark}`], { env });
    await found;
  }

  return {
    async calls() {
      await caughtUp();
      const members = seen.splice(0);
      const count = (names: readonly string[]): number =>
        members.filter((member) => names.includes(member)).length;
      return {
        openings: count(MEMBERS.openings),
        reads: count(MEMBERS.reads),
        writes: count(MEMBERS.writes),
        deletions: count(MEMBERS.deletions),
      };
    },
    async stop() {
      const ended = once(monitor, "exit");
      monitor.kill();
      await ended;
    },
  };
}

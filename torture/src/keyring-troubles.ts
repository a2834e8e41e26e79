// What happens to the keyring while it is used: one trouble after the other, with some peace between them.
import { setTimeout as sleep } from "node:timers/promises";
import type { KeyringSession } from "./keyring-session.js";

export interface Troubles {
  /** Resolves when the signal is aborted, with the keyring running and unlocked. */
  run(signal: AbortSignal): Promise<void>;
  readonly counts: ReadonlyMap<string, number>;
}

const between = (least: number, most: number) => least + Math.random() * (most - least);

/** `killWorker` kills one of the processes that use the keyring. */
export function createTroubles(session: KeyringSession, killWorker: () => void): Troubles {
  const counts = new Map<string, number>();

  const troubles: Readonly<Record<string, () => Promise<void>>> = {
    locked: async () => {
      await session.lock();
      await sleep(between(50, 800));
      await session.unlock();
    },
    frozen: async () => {
      session.signal("SIGSTOP");
      await sleep(between(50, 3_000));
      session.signal("SIGCONT");
    },
    killed: async () => {
      await session.end("SIGKILL");
      await sleep(between(0, 500));
      await session.start("unlocked");
    },
    "killed while frozen": async () => {
      session.signal("SIGSTOP");
      await sleep(between(50, 500));
      await session.end("SIGKILL");
      await session.start("unlocked");
    },
    restarted: async () => {
      await session.end("SIGTERM");
      await session.start("unlocked");
    },
    "restarted locked": async () => {
      await session.end("SIGTERM");
      await session.start("locked");
      await sleep(between(50, 800));
      await session.unlock();
    },
    "worker killed": async () => killWorker(),
  };
  const names = Object.keys(troubles);

  function count(name: string): void {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }

  return {
    counts,
    async run(signal) {
      while (!signal.aborted) {
        const name = names[Math.floor(Math.random() * names.length)]!;
        await troubles[name]!();
        count(name);
        if (!session.isRunning()) {
          count("died by itself");
          await session.start("unlocked");
        }
        await sleep(between(200, 1_200), undefined, { signal }).catch(() => {});
      }
    },
  };
}

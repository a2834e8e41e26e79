// Where a refresh can be killed: the moments have names, and a worker that is told one stops dead there.
import { promises } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import type { AuthPorts, HeldLock, SessionStore } from "@loopkey/core";
import { instant, say } from "./worker.js";

/** What a file's save does to the disk, in this order; killed before each. */
export const FILE_STEPS = [
  "create the new file",
  "write it",
  "sync it",
  "close it",
  "rename it",
  "open the folder",
  "sync the folder",
  "close the folder",
] as const;

/** The worker stops here by itself, at one of its ports. */
export const HALTS = [
  "the lock is taken",
  "the record is read again",
  "before the request",
  "the answer has come",
  "before the save",
  "after the save",
] as const;

type Halt = (typeof HALTS)[number] | `the save: before "${(typeof FILE_STEPS)[number]}"`;
/** At these the worker goes on, and is killed some time after the refresh or the save begins. */
export type Moment = Halt | "at random" | "in the save, at random";

/** What a worker says of itself on the way. */
export type CrashMark =
  | { readonly mark: "locked" | "unlocked" | "saving" | "saved" | "refreshed"; readonly at: number }
  | { readonly mark: "halted" }
  | { readonly mark: "notice"; readonly code: string };

export interface Instrumented {
  readonly ports: AuthPorts;
  /** From now on the process stops at this moment, for good. */
  readonly arm: (moment: Moment) => void;
}

/** The ports, with marks at what they do; and with stops. */
export function instrument(ports: AuthPorts): Instrumented {
  let armed: Moment | undefined;
  let isSaving = false;

  async function reach(halt: Halt): Promise<void> {
    if (halt !== armed) return;
    mark("halted");
    await new Promise(() => {});
  }

  let step = 0;
  onFileStep(async () => {
    const name = FILE_STEPS[step++];
    if (isSaving && name !== undefined) await reach(`the save: before "${name}"`);
  });

  const { store } = ports;
  const watched: SessionStore = {
    info: store.info,
    async load() {
      const record = await store.load();
      await reach("the record is read again");
      return record;
    },
    async save(record) {
      mark("saving");
      await reach("before the save");
      step = 0;
      isSaving = true;
      await store.save(record);
      isSaving = false;
      mark("saved");
      await reach("after the save");
    },
    clear: () => store.clear(),
    quarantine: () => store.quarantine(),
    probe: () => store.probe(),
  };

  return {
    arm: (moment) => (armed = moment),
    ports: {
      ...ports,
      store: watched,
      withLock: async (task, options) => {
        const locked = async (lock: HeldLock) => {
          mark("locked");
          await reach("the lock is taken");
          return task(lock);
        };
        try {
          return await ports.withLock(locked, options);
        } finally {
          mark("unlocked");
        }
      },
      fetch: async (input, init) => {
        const isRefresh =
          init?.body instanceof URLSearchParams && init.body.get("grant_type") === "refresh_token";
        if (isRefresh) await reach("before the request");
        const response = await fetch(input, init);
        if (isRefresh) await reach("the answer has come");
        return response;
      },
    },
  };
}

function mark(name: Exclude<CrashMark["mark"], "notice">): void {
  say<never, CrashMark>({ mark: name === "halted" ? { mark: name } : { mark: name, at: instant() } });
}

/** Calls `before` ahead of everything that opens, writes, syncs, closes or renames a file in this process. */
function onFileStep(before: () => Promise<void>): void {
  const { open, rename } = promises;
  Object.assign(promises, {
    open: async (...input: Parameters<typeof open>) => {
      await before();
      const file = await open(...input);
      for (const name of ["writeFile", "sync", "close"] as const) {
        const call = file[name].bind(file) as (...input: readonly unknown[]) => Promise<void>;
        Object.assign(file, {
          [name]: async (...input: readonly unknown[]) => {
            await before();
            return call(...input);
          },
        });
      }
      return file;
    },
    rename: async (...input: Parameters<typeof rename>) => {
      await before();
      return rename(...input);
    },
  });
  syncBuiltinESMExports();
}

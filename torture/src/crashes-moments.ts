// Where a refresh can be killed: the moments have names, and a worker that is told one stops dead there.
import fs, { promises } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import type { AuthPorts, Fetch, HeldLock, SessionStore } from "@loopkey/core";
import { instant, say } from "./worker.js";

/** What a save through a kept place does to the disk, in this order; killed before each. */
export const FILE_STEPS = [
  "overwrite the kept place",
  "cut it",
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
  "the request is noted",
  "the answer has come",
  "before the save",
  "after the save",
] as const;

/** The same, with a store that keeps a place for the save. */
export const PLACE_HALTS = ["before the place is kept", "the place is kept"] as const;

type Halt =
  | (typeof HALTS)[number]
  | (typeof PLACE_HALTS)[number]
  | `the save: before "${(typeof FILE_STEPS)[number]}"`;
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
  const withMarks = async (save: () => Promise<void>): Promise<void> => {
    mark("saving");
    await reach("before the save");
    step = 0;
    isSaving = true;
    await save();
    isSaving = false;
    mark("saved");
    await reach("after the save");
  };
  const watched: SessionStore = {
    info: store.info,
    async load() {
      const record = await store.load();
      await reach("the record is read again");
      return record;
    },
    save: (record) => withMarks(() => store.save(record)),
    clear: () => store.clear(),
    quarantine: () => store.quarantine(),
    probe: () => store.probe(),
    ...(store.prepare && {
      async prepare(bytes: number) {
        await reach("before the place is kept");
        const place = await store.prepare!(bytes);
        await reach("the place is kept");
        return { ...place, save: (record: string) => withMarks(() => place.save(record)) };
      },
    }),
  };

  const noting = (lock: HeldLock): HeldLock => ({
    isStillHeld: () => lock.isStillHeld(),
    readNote: () => lock.readNote(),
    writeNote(note) {
      lock.writeNote(note);
      if (note !== null && armed === "the request is noted") haltAtOnce();
    },
  });

  const fetch = (ports.fetch ?? globalThis.fetch) as Fetch;
  async function around<Answer>(init: RequestInit | undefined, send: () => Promise<Answer>): Promise<Answer> {
    const isRefresh =
      init?.body instanceof URLSearchParams && init.body.get("grant_type") === "refresh_token";
    if (isRefresh) await reach("before the request");
    const response = await send();
    if (isRefresh) await reach("the answer has come");
    return response;
  }
  const { onOwnConnection } = fetch;

  return {
    arm: (moment) => (armed = moment),
    ports: {
      ...ports,
      store: watched,
      withLock: async (task, options) => {
        const locked = async (lock: HeldLock) => {
          mark("locked");
          await reach("the lock is taken");
          return task(noting(lock));
        };
        try {
          return await ports.withLock(locked, options);
        } finally {
          mark("unlocked");
        }
      },
      fetch: Object.assign(
        (input: string | URL | Request, init?: RequestInit) => around(init, () => fetch(input, init)),
        onOwnConnection && {
          onOwnConnection: (url: string, init: Parameters<typeof onOwnConnection>[1]) =>
            around(init, () => onOwnConnection(url, init)),
        },
      ),
    },
  };
}

/** Where nothing can be awaited: the whole process stands still. */
function haltAtOnce(): void {
  mark("halted");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function mark(name: Exclude<CrashMark["mark"], "notice">): void {
  say<never, CrashMark>({ mark: name === "halted" ? { mark: name } : { mark: name, at: instant() } });
}

let before = async (): Promise<void> => {};

/** Calls `callback` ahead of everything that opens, writes, syncs, closes or renames a file in this process. */
function onFileStep(callback: () => Promise<void>): void {
  before = callback;
}

watchFileHandles();
watchCallbacks();
syncBuiltinESMExports();

function watchFileHandles(): void {
  const { open, rename } = promises;
  Object.assign(promises, {
    open: async (...input: Parameters<typeof open>) => {
      await before();
      const file = await open(...input);
      for (const name of ["write", "truncate", "sync", "close"] as const) {
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
}

/** What the adapter does over the callbacks of node:fs. It takes these functions as it is loaded: after this module, that is. */
function watchCallbacks(): void {
  for (const name of ["open", "write", "ftruncate", "fsync", "close", "rename"] as const) {
    const call = fs[name] as (...input: readonly unknown[]) => void;
    const watched = (...input: readonly unknown[]): void => void before().then(() => call(...input));
    Object.assign(fs, { [name]: Object.assign(watched, call) });
  }
}

// A person at a command line without a process: fake ports, a server that is a function, and what was printed.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { createMemoryStore, type HistoryEntry, type Journal, type SessionStore } from "@loopkey/core";
import {
  createFakeClock,
  createFakePorts,
  createFakeServer,
  type FakePorts,
  type FakePortsOptions,
  type FakeServer,
  type FakeServerOptions,
  type Offer,
} from "@loopkey/core/testing";
import { onTestFinished } from "vitest";
import { runLoopkey } from "../src/binary/program.js";
import type { CommandIO } from "../src/terminal/io.js";

export interface FakeIO extends CommandIO {
  readonly out: string;
  readonly err: string;
  /** What stdout holds, which must be one JSON value and a newline. */
  json(): unknown;
}

export interface FakeIOOptions {
  readonly env?: CommandIO["env"];
  readonly isInteractive?: boolean;
  readonly signal?: AbortSignal;
  /** @default nothing can be read */
  readonly keyboard?: Keyboard;
  /** What stdin holds. @default nothing */
  readonly stdin?: string | AsyncIterable<string>;
  /** Told of everything that is written to stderr. */
  readonly onErr?: (text: string) => void;
}

/** What a person types at. */
export interface Keyboard {
  readonly readLines: NonNullable<CommandIO["readLines"]>;
  /** Whether somebody reads from it. */
  readonly isRead: boolean;
  readonly type: (line: string) => void;
}

export function createKeyboard(): Keyboard {
  const readers = new Set<(line: string) => void>();
  return {
    readLines(onLine, onReady) {
      readers.add(onLine);
      onReady?.();
      return () => void readers.delete(onLine);
    },
    get isRead() {
      return readers.size > 0;
    },
    type: (line) => readers.forEach((read) => read(line)),
  };
}

export function createFakeIO({
  env = {},
  isInteractive = false,
  signal,
  keyboard,
  stdin,
  onErr,
}: FakeIOOptions = {}): FakeIO {
  let out = "";
  let err = "";
  return {
    stdout: { write: (text: string) => void (out += text) },
    stderr: {
      write(text: string) {
        err += text;
        onErr?.(text);
      },
    },
    isInteractive,
    ...(keyboard === undefined ? {} : { readLines: keyboard.readLines }),
    ...(stdin === undefined
      ? {}
      : { readInput: () => Readable.from(typeof stdin === "string" ? [stdin] : stdin) }),
    env,
    ...(signal === undefined ? {} : { signal }),
    get out() {
      return out;
    },
    get err() {
      return err;
    },
    json() {
      if (!/^[^\n]+\n$/.test(out)) throw new Error(`not one line: ${JSON.stringify(out)}`);
      return JSON.parse(out) as unknown;
    },
  };
}

interface Ran {
  readonly code: number;
  readonly io: FakeIO;
}

export interface CommandLine {
  readonly server: FakeServer;
  /** Where profiles are kept: `<folder>/loopkey`. */
  readonly folder: string;
  /** Of the profile `default`. */
  readonly store: SessionStore;
  /** The ports of each client so far. */
  readonly made: readonly FakePorts[];
  /** Runs one command line, its words quoted where they have spaces, as a process of its own would: nothing but the store and the profiles is shared. */
  run(args: string | readonly string[], options?: FakeIOOptions): Promise<Ran>;
  /** Signs in with what the server knows. */
  login(more?: string): Promise<Ran>;
}

export interface CommandLineOptions
  extends
    Pick<FakePortsOptions, "person" | "listener" | "lock">,
    Pick<FakeServerOptions, "clientAuth" | "metadataPath" | "differs"> {
  readonly store?: SessionStore;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly offers?: readonly Offer[];
}

export async function createCommandLine(options: CommandLineOptions = {}): Promise<CommandLine> {
  const {
    store = createMemoryStore(),
    metadata,
    offers = [],
    clientAuth,
    metadataPath,
    differs = [],
    ...ports
  } = options;
  const folder = await mkdtemp(join(tmpdir(), "loopkey-cli-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const clock = createFakeClock();
  const server = await createFakeServer({
    clock,
    offers,
    differs,
    ...(metadata === undefined ? {} : { metadata }),
    ...(clientAuth === undefined ? {} : { clientAuth }),
    ...(metadataPath === undefined ? {} : { metadataPath }),
  });
  const stores = new Map<string, SessionStore>([["default", persistent(store)]]);
  const made: FakePorts[] = [];
  const signInLock = createFakePorts({ clock, server }).withLock;
  const kept: HistoryEntry[] = [];
  // A process a command.
  const journal = (): Journal => ({
    process: `loopkey (${made.length + 1})`,
    append: async (entries) => void kept.push(...entries),
    read: async () => kept,
  });

  async function run(args: string | readonly string[], ioOptions: FakeIOOptions = {}): Promise<Ran> {
    const io = createFakeIO({ ...ioOptions, env: { XDG_CONFIG_HOME: folder, ...ioOptions.env } });
    const code = await runLoopkey(typeof args === "string" ? wordsOf(args) : args, io, {
      createPorts(kind, profile) {
        if (kind !== "memory" && !stores.has(profile)) stores.set(profile, persistent(createMemoryStore()));
        const own = kind === "memory" ? createMemoryStore() : stores.get(profile)!;
        made.push(createFakePorts({ clock, server, ...ports, journal: journal(), store: own }));
        return made.at(-1)!;
      },
      signInLock: () => signInLock,
    });
    return { code, io };
  }

  return {
    server,
    folder,
    store,
    made,
    run,
    login: (more = "") => run(`login --issuer ${server.issuer} --client-id app ${more}`),
  };
}

/** Who is signed in after `login`, as `--json` has it; until when the access token is good is for each command to know. */
export const SIGNED_IN = {
  v: 1,
  profile: "default",
  status: "authenticated",
  issuer: "https://id.example",
  clientId: "app",
  subject: "ada",
  scope: ["openid", "offline_access"],
  store: { kind: "keyring", persistent: true },
  reason: null,
} as const;

/** A keyring, for the tests. */
function persistent(store: SessionStore): SessionStore {
  return { ...store, info: { kind: "keyring", persistent: true } };
}

/** A keyring that is not there. */
export function brokenStore(hint = "Install gnome-keyring."): SessionStore {
  const fail = async (): Promise<never> => {
    throw Object.assign(new Error("There is no keyring."), {
      code: "no_dbus",
      hint,
    });
  };
  return {
    info: { kind: "keyring", persistent: true },
    load: fail,
    save: fail,
    clear: fail,
    quarantine: fail,
    probe: fail,
  };
}

function wordsOf(args: string): string[] {
  return [...args.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
}

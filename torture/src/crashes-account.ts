// One account whose app is killed in the middle of a refresh, again and again; and what the next start of it finds.
import { setTimeout as sleep } from "node:timers/promises";
import { createMemoryStore, type HeldLock } from "@loopkey/core";
import { startIdentityProvider } from "@loopkey/example-identity-provider";
import { createNodePorts } from "@loopkey/node-adapter";
import type { CrashMark, Moment } from "./crashes-moments.js";
import type { CrashAnswer, CrashOptions, CrashOrder } from "./crashes-worker.js";
import { quantile } from "./figures.js";
import { instant, startWorker, type Worker } from "./worker.js";

export interface Round {
  readonly moment: Moment;
  /** Which record the next start found. */
  readonly found: "old" | "new";
  /** The session was there at the next start; or it was killed between the server's commit and our save. */
  readonly outcome: "survived" | "lost in the window";
  /** Lost, and the server had the request but had not committed yet when the app was killed. */
  readonly wasUnderWay: boolean;
  readonly hadLock: boolean;
  /** Whoever had the lock next found it noted that this refresh token had been sent. */
  readonly isNoted: boolean;
  /** Until somebody else had the lock, from the end of the process. */
  readonly lockMs: number;
}

/** Of a refresh that went through. */
interface Timing {
  readonly refreshMs: number;
  readonly saveMs: number;
  /** From the server's commit to the end of our save. */
  readonly windowMs: number;
  /** The server's keys were asked for in it. */
  readonly asksForKeys: boolean;
}

export interface AccountReport {
  readonly store: CrashOptions["store"];
  readonly rounds: readonly Round[];
  /** The first refresh of a process; and the later ones. */
  readonly first: readonly Timing[];
  readonly later: readonly Timing[];
  readonly violations: readonly string[];
}

export interface AccountOptions {
  readonly store: CrashOptions["store"];
  readonly moments: readonly Moment[];
  readonly env: NodeJS.ProcessEnv;
}

interface App {
  readonly worker: Worker<CrashOrder, CrashAnswer>;
  readonly marks: CrashMark[];
  /** Resolves when it has said this. */
  heard(name: CrashMark["mark"]): Promise<void>;
}

const LONGEST_LOCK_MS = 1_000;
/** To the moment at which it is to be killed. */
const LONGEST_WAY_MS = 20_000;
/** When the time until a random kill begins. */
const STARTS = { "at random": "locked", "in the save, at random": "saving" } as const;

/** One round for each of the moments, in this order. */
export async function torture({ store, moments, env }: AccountOptions): Promise<AccountReport> {
  const commits: number[] = [];
  const keyRequests: number[] = [];
  await using server = await startIdentityProvider({
    onEvent: (event) => {
      if (event.type === "tokens-issued" && event.grantType === "refresh_token") commits.push(instant());
      if (event.type === "request" && event.path.includes("jwks")) keyRequests.push(instant());
    },
  });
  const appName = `loopkey torture ${store}`;
  const { issuer, clientId, account: person } = server;
  const options: CrashOptions = { store, appName, issuer, clientId, person };
  const next = createLockProbe(appName);

  const rounds: Round[] = [];
  const violations: string[] = [];
  const first: Timing[] = [];
  const later: Timing[] = [];
  const running = new Set<App["worker"]>();

  function start(): App {
    const marks: CrashMark[] = [];
    const waiting = new Map<CrashMark["mark"], () => void>();
    const onMark = (mark: CrashMark): void => {
      marks.push(mark);
      waiting.get(mark.mark)?.();
      if (mark.mark === "notice") violations.push(`notice ${mark.code}`);
    };
    const worker: App["worker"] = startWorker({ program: "crashes-worker.js", options, env, onMark });
    running.add(worker);
    return {
      worker,
      marks,
      heard: (name) => new Promise((resolve) => waiting.set(name, resolve)),
    };
  }

  async function killAll(): Promise<void> {
    const all = [...running];
    running.clear();
    await Promise.all(all.map((worker) => worker.kill()));
  }

  /** Has a token, of a refresh of its own that nobody disturbed, or after signing in anew. */
  async function getToken({ worker, marks }: App, has: "session" | "no session"): Promise<void> {
    const before = commits.length;
    if (has === "no session") {
      const { error } = await worker.ask({ do: "get a token" });
      // The server takes the old refresh token for a stolen one: the person is asked to sign in, and told why.
      if (error !== "answer_lost") violations.push(`${error ?? "a token"} in place of answer_lost`);
    }
    const { status, error } = await worker.ask({ do: has === "session" ? "get a token" : "sign in" });
    if (status !== 200) throw new Error(`The next start has no token: ${error ?? status}`);
    if (has === "session") first.push(...timing(marks, commits[before]));
  }

  function timing(marks: readonly CrashMark[], commit: number | undefined): readonly Timing[] {
    const [begun, saving, saved] = (["locked", "saving", "saved"] as const).map((name) =>
      timeOf(marks, name),
    );
    if (!begun || !saving || !saved || !commit) return [];
    const asksForKeys = keyRequests.some((at) => at > commit && at < saved);
    return [{ refreshMs: saved - begun, saveMs: saved - saving, windowMs: saved - commit, asksForKeys }];
  }

  async function stored(worker: App["worker"]): Promise<NonNullable<CrashAnswer["record"]>> {
    const { record, error } = await worker.ask({ do: "read" });
    if (!record) throw new Error(`the record is not whole: ${error ?? "there is none"}`);
    return record;
  }

  /** Resolves with when it was killed. */
  async function killAt(app: App, moment: Moment): Promise<number> {
    const moved = app.heard(STARTS[moment as keyof typeof STARTS] ?? "halted");
    app.worker.ask({ do: "refresh", moment }).catch(() => {});
    const late = sleep(LONGEST_WAY_MS, "late" as const, { ref: false });
    if ((await Promise.race([moved, late])) === "late") throw new Error("it never came to that");
    const known = later.length < 3 ? first : later;
    const usual = (of: "refreshMs" | "saveMs") =>
      quantile(
        known.map((each) => each[of]),
        0.75,
      ) * 1.1;
    if (moment === "at random") await sleep(Math.random() * usual("refreshMs"));
    if (moment === "in the save, at random") await sleep(Math.random() * usual("saveMs"));
    const at = instant();
    await killAll();
    return at;
  }

  async function round(app: App, moment: Moment): Promise<App> {
    const old = await stored(app.worker);
    const [before, said] = [commits.length, app.marks.length];
    const killedAt = await killAt(app, moment);
    const { lockMs, note } = await next.lock();
    if (lockMs > LONGEST_LOCK_MS) violations.push(`${moment}: the lock was free after ${lockMs} ms`);
    const marks = app.marks.slice(said);

    const fresh = start();
    const now = await stored(fresh.worker);
    const commit = commits[before];
    later.push(...timing(marks, commit));
    const isOld = now.generation === old.generation;
    if (now.sessionId !== old.sessionId || !(isOld || now.generation === old.generation + 1)) {
      violations.push(`${moment}: generation ${now.generation} after ${old.generation}`);
    }
    if (isOld && timeOf(marks, "saved") !== undefined)
      violations.push(`${moment}: a record that was saved is gone`);
    const isLost = isOld && commit !== undefined;
    const isNoted = note?.sessionId === old.sessionId && note.generation === old.generation;
    if (isLost && !isNoted) violations.push(`${moment}: the session is lost, and nothing was noted`);
    rounds.push({
      moment,
      found: isOld ? "old" : "new",
      outcome: isLost ? "lost in the window" : "survived",
      wasUnderWay: isLost && commit > killedAt,
      isNoted,
      hadLock: timeOf(marks, "locked") !== undefined && timeOf(marks, "unlocked") === undefined,
      lockMs,
    });
    await getToken(fresh, isLost ? "no session" : "session");
    return fresh;
  }

  async function startAnew(): Promise<App> {
    const app = start();
    const { status, error } = await app.worker.ask({ do: "sign in" });
    if (status !== 200) throw new Error(`Nobody can sign in: ${error ?? status}`);
    return app;
  }

  await next.lock();
  let app = await startAnew();
  // How long a refresh takes, before the first is killed.
  for (let n = 0; n < 2; n++) {
    // oxlint-disable-next-line no-await-in-loop
    if (!(await app.worker.leave())) violations.push("a process does not end by itself");
    app = start();
    // oxlint-disable-next-line no-await-in-loop
    await getToken(app, "session");
  }
  for (const moment of moments) {
    // oxlint-disable-next-line no-await-in-loop
    app = await round(app, moment).catch(async (error: Error) => {
      violations.push(`${moment}: ${error.message}`);
      await killAll();
      return startAnew();
    });
  }
  if (!(await app.worker.leave())) violations.push("a process does not end by itself");
  return { store, rounds, first, later, violations };
}

interface Found {
  readonly lockMs: number;
  /** What the one who was killed had noted. */
  readonly note: { readonly sessionId?: unknown; readonly generation?: unknown } | undefined;
}

/** How long somebody else waits for the lock that the killed ones held, and what is found beside it. */
function createLockProbe(appName: string): { lock(): Promise<Found> } {
  const { withLock } = createNodePorts({ appName, store: createMemoryStore() });
  return {
    lock() {
      const begin = performance.now();
      const look = async (held: HeldLock): Promise<Found> => {
        const text = held.readNote();
        const note = text === null ? undefined : (JSON.parse(text) as Found["note"]);
        return { lockMs: performance.now() - begin, note };
      };
      return withLock(look, { signal: new AbortController().signal });
    },
  };
}

function timeOf(marks: readonly CrashMark[], name: CrashMark["mark"]): number | undefined {
  const found = marks.find(({ mark }) => mark === name);
  return found !== undefined && "at" in found ? found.at : undefined;
}

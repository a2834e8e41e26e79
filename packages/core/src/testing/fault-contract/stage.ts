// An app beside the server, from before the fault is on until after it is off again.
import type { AuthClient } from "../../client/auth-client.js";
import { createAuthClient } from "../../client/create-auth-client.js";
import { createMemoryStore } from "../../ports/memory-store.js";
import type { Notice } from "../../config/notices.js";
import type { FaultLimit } from "../fake-server/faults/fault.js";
import { FAULTS, type FaultName } from "../fake-server/faults/list.js";
import type { FakeServer } from "../fake-server/types.js";
import { ensure } from "./checks.js";
import type { FaultSetting, SeenPage } from "./setting.js";
import { tokensInUse, type TokensInUse } from "./tokens-in-use.js";
import { watchTraffic, type Traffic } from "./traffic.js";

/** How a call ended, and how long it took. */
interface Ended<T> {
  readonly value?: T;
  readonly error?: unknown;
  readonly tookMs: number;
}

export interface Stage {
  readonly setting: FaultSetting;
  readonly client: AuthClient;
  readonly tokens: TokensInUse;
  readonly notices: readonly Notice[];
  /** What the person's browser showed, since the fault is on. */
  readonly pages: readonly SeenPage[];
  readonly stored: () => Promise<string | null>;
  /** Calls, with the fault on, and lets as much time pass as the fault may take. */
  meet<T>(call: (client: AuthClient) => Promise<T>): Promise<Ended<T>>;
  /** The same app, started again. */
  restart(): Promise<AuthClient>;
  close(): Promise<void>;
}

/** With `withSession` somebody signed in before, in a process that has ended since. */
export async function createStage(
  name: FaultName,
  setting: FaultSetting,
  withSession: boolean,
): Promise<Stage> {
  const { server, limits } = setting;
  const store = createMemoryStore();
  const notices: Notice[] = [];
  const pages: SeenPage[] = [];
  const browsing: Promise<unknown>[] = [];
  const clients: AuthClient[] = [];
  const traffic = watchTraffic();

  async function openBrowser(url: string): Promise<void> {
    const seen = setting.browse(url).then((page) => pages.push(page));
    browsing.push(seen);
  }

  const approved = new Set<string>();
  function approve(userCode: string): void {
    if (approved.has(userCode)) return;
    approved.add(userCode);
    server.approveDevice(userCode);
  }

  async function start(timeouts: Partial<FaultSetting["limits"]> = {}): Promise<AuthClient> {
    const { requestTimeoutMs, signInTimeoutMs } = timeouts;
    const ports = setting.createPorts({ store, openBrowser });
    const client = createAuthClient(
      {
        issuer: server.issuer,
        clientId: "app",
        // The access token is there after a start: the fault meets the call, not a refresh before it.
        keepAccessToken: "store",
        par: FAULTS[name].client.par ?? "auto",
        dpop: FAULTS[name].client.dpop ?? false,
        ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
        ...(signInTimeoutMs === undefined ? {} : { signInTimeoutMs }),
        onNotice: (notice) => notices.push(notice),
        ...setting.config,
      },
      setting.advance ? traffic.watch(ports) : ports,
    );
    // The person with the device has its code before them, and allows it.
    client.subscribe((state) => {
      if (state.status === "awaiting-callback" && state.device) approve(state.device.userCode);
    });
    clients.push(client);
    await client.ready();
    return client;
  }

  async function close(): Promise<void> {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await Promise.allSettled(browsing.splice(0));
  }

  async function restart(): Promise<AuthClient> {
    await close();
    return start();
  }

  if (withSession) {
    await (await start()).signIn();
    await close();
    pages.length = 0;
  }
  // Who comes before and after has all the time there is.
  const client = await start(limits);
  const clock = setting.createPorts({ store, openBrowser }).clock;

  return {
    setting,
    client,
    tokens: tokensInUse(server, FAULTS[name].client.dpop === true),
    notices,
    pages,
    restart,
    stored: () => store.load(),
    close,
    async meet(call) {
      server.fault = name;
      const startedAt = clock.now();
      const ended = settled(call(client));
      if (setting.advance) await passTime({ name, setting, ended, pages, traffic });
      const result = await ended;
      const tookMs = clock.now() - startedAt;
      // What the browser is told is part of the outcome.
      await Promise.allSettled(browsing.splice(0));
      return { ...result, tookMs };
    },
  };
}

/** Before a request whose answer was lost is made once more. */
const LONGEST_PAUSE_MS = 1_000;

/** The time a call may take, in milliseconds. */
export function limitOf(name: FaultName, { limits, isOverSockets }: FaultSetting): number {
  const { requestTimeoutMs, signInTimeoutMs, signOutTimeoutMs, pollsMs } = limits;
  const { within, endsOverSockets } = FAULTS[name];
  const waits: Readonly<Record<FaultLimit, number>> = {
    "at once": 0,
    again: LONGEST_PAUSE_MS,
    request: requestTimeoutMs,
    "request again": 2 * requestTimeoutMs,
    polls: pollsMs,
    "sign-in": signInTimeoutMs,
    "sign-out": signOutTimeoutMs,
  };
  return waits[isOverSockets && endsOverSockets === "timed_out" ? "sign-in" : within];
}

type Result<T> = { readonly value: T } | { readonly error: unknown };

function settled<T>(promise: Promise<T>): Promise<Result<T>> {
  return promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
}

interface Passing {
  readonly name: FaultName;
  readonly setting: FaultSetting;
  readonly ended: Promise<unknown>;
  readonly pages: readonly SeenPage[];
  readonly traffic: Traffic;
}

function refreshesOf({ requests }: FakeServer): number {
  return requests.filter(({ body }) => body.get("grant_type") === "refresh_token").length;
}

/** More than any call needs to end when its time is up. */
const MANY_TURNS = 2_000;
const SECOND = 1_000;

/** Virtual time stands still until the client waits for nothing else; then it has exactly its limit. */
async function passTime({ name, setting, ended, pages, traffic }: Passing): Promise<void> {
  const { server, advance = () => Promise.resolve() } = setting;
  const { client, within } = FAULTS[name];
  const call = { isOver: false };
  void ended.then(() => (call.isOver = true));
  const isMet = (): boolean => server.faultsApplied.includes(name);
  const waitsForPerson = within.startsWith("sign-");
  const isWaiting = (): boolean =>
    isMet() && server.requests.length > 0 && (!waitsForPerson || pages.length > 0);

  /** A device is polled second by second: each poll must have come to its end before the next can be due. */
  async function poll(ms: number): Promise<void> {
    const hangs = FAULTS[name].effects.some((effect) => "hangs" in effect && effect.hangs);
    const isAtWork = (): boolean => traffic.isBusy() && !call.isOver && !(hangs && isMet());
    for (let left = ms; left > 0 && !call.isOver; left -= SECOND) {
      while (isAtWork()) await advance(0);
      if (!call.isOver) await advance(SECOND);
    }
  }

  if (within === "at once") return;
  const ms = limitOf(name, setting);
  if (client.flow === "device" && (within === "polls" || within === "sign-in")) await poll(ms);
  else {
    // Each request has its own time, from when it is made.
    const requests = within === "request again" ? 2 : 1;
    for (let nth = 1; nth <= requests; nth++) {
      const isBegun = (): boolean =>
        isWaiting() &&
        !(within === "again" && traffic.isBusy()) &&
        !(requests > 1 && refreshesOf(server) < nth);
      while (!isBegun() && !call.isOver) await advance(0);
      await advance(ms / requests - (nth === requests ? 1 : 0));
    }
    ensure(!call.isOver, "The call ended before its time was up.");
    await advance(1);
  }
  for (let turn = 0; turn < MANY_TURNS && !call.isOver; turn++) await advance(0);
  ensure(call.isOver, "The call goes on after its time is up.");
}

// Two processes of one app, in every order of their port calls (design: "The stored session", pains 9 and 10).
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AuthConfig, AuthError } from "../../src/index.js";
import { createFakeClock, createFakeServer, type FakeServer } from "../../src/testing/index.js";
import {
  createWorld,
  explore,
  watchCrypto,
  type Exploration,
  type Process,
  type StoredFacts,
  type World,
} from "../support/scheduler.js";

const VERIFIER = "a".repeat(43);
const ISSUER = "https://id.example";

let server: FakeServer;
let challenge: string;
let unwatch: () => void;
const report: string[] = [];

beforeAll(async () => {
  server = await createFakeServer({ clock: createFakeClock() });
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(VERIFIER));
  challenge = Buffer.from(digest).toString("base64url");
  unwatch = watchCrypto();
});
afterAll(() => {
  unwatch();
  process.stdout.write(`${report.join("\n")}\n`);
});

/** `use`: a call with a token that is good. `useWhileSigningIn`: the same, while a sign-in waits on top of the session. */
type Protocol = "refresh" | "signIn" | "signOut" | "use" | "useWhileSigningIn";
type Keeps = "memory" | "store";

interface Run extends World {
  readonly parties: readonly Party[];
  readonly reusesBefore: number;
}

interface Party {
  readonly protocol: Protocol;
  readonly process: Process;
  outcome: string;
  /** Of a call with a good token: what it was given, and whether the stamp had changed when it was made. */
  used?: { readonly token: string; readonly wasNews: boolean };
}

function configFor(keepAccessToken: Keeps): AuthConfig {
  return {
    clientId: "app",
    // No ID token: nothing here depends on one, and checking it takes time.
    scope: "offline_access",
    keepAccessToken,
    server: {
      issuer: ISSUER,
      authorization_endpoint: `${ISSUER}/authorize`,
      token_endpoint: `${ISSUER}/token`,
      revocation_endpoint: `${ISSUER}/revoke`,
    },
  };
}

async function askForTokens(body: Readonly<Record<string, string>>): Promise<Response> {
  const form = new URLSearchParams({ client_id: "app", ...body });
  return server.fetch(`${ISSUER}/token`, { method: "POST", body: form });
}

/** What a sign-in of an earlier process left in the store. */
async function storedRecord(keeps: Keeps): Promise<string> {
  const redirectUri = "http://127.0.0.1/callback";
  const asked = { client_id: "app", redirect_uri: redirectUri, scope: "offline_access", state: "x" };
  const pkce = { code_challenge: challenge, code_challenge_method: "S256" };
  const query = new URLSearchParams({ response_type: "code", ...asked, ...pkce });
  const code = new URL(server.authorize(`${ISSUER}/authorize?${query.toString()}`)).searchParams.get("code")!;
  const grant = { grant_type: "authorization_code", code, redirect_uri: redirectUri };
  const answer = await askForTokens({ ...grant, code_verifier: VERIFIER });
  const tokens = (await answer.json()) as Record<string, string>;
  const now = Date.now();
  return JSON.stringify({
    v: 1,
    sessionId: "first",
    generation: 1,
    issuer: ISSUER,
    clientId: "app",
    refreshToken: tokens["refresh_token"],
    scope: ["offline_access"],
    savedAt: now,
    ...(keeps === "store"
      ? { accessToken: { value: tokens["access_token"], expiresAt: now + 3_600_000 } }
      : {}),
  });
}

interface Acting {
  readonly process: Process;
  readonly keeps: Keeps;
  readonly world: World;
  readonly party: Party;
}

/** With a good token, as a rule, it asks for it at a moment of its own. */
async function use({ process, world, party }: Acting): Promise<void> {
  await process.call();
  const wasNews = world.renewals > 0;
  party.used = { token: "", wasNews };
  party.used = { token: await process.client.getAccessToken(), wasNews };
}

const RUNS: Readonly<Record<Protocol, (acting: Acting) => Promise<unknown>>> = {
  async use(acting) {
    await acting.process.client.ready();
    return use(acting);
  },
  async useWhileSigningIn(acting) {
    const { client } = acting.process;
    await client.ready();
    client.signIn({ openBrowser: false }).catch(() => {});
    return use(acting);
  },
  refresh: ({ process: { client }, keeps }) =>
    keeps === "store" ? client.getAccessToken({ forceRefresh: true }) : client.getAccessToken(),
  signIn: ({ process: { client } }) => client.signIn(),
  signOut: ({ process: { client } }) => client.signOut({ browser: false }),
};

interface Setting {
  readonly protocols: readonly Protocol[];
  readonly keeps: Keeps;
  readonly crashes?: boolean;
  readonly timeouts?: boolean;
  readonly prepares?: boolean;
  readonly lock?: "exclusive" | "broken";
  readonly stamps?: boolean;
}

async function begin({ protocols, keeps, ...faults }: Setting): Promise<Run> {
  const record = await storedRecord(keeps);
  const world = createWorld({ server, record, config: configFor(keeps), ...faults });
  const parties = protocols.map((protocol, index): Party => {
    const process = world.start("ABC"[index]!);
    const party: Party = { protocol, process, outcome: "pending" };
    void outcomeOf(RUNS[protocol]({ process, keeps, world, party })).then(
      (outcome) => (party.outcome = outcome),
    );
    return party;
  });
  return Object.assign(Object.create(world) as World, { parties, reusesBefore: server.reuses });
}

function outcomeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "resolved",
    (error: unknown) => (error as AuthError).code,
  );
}

function storedFacts({ record }: World): StoredFacts | undefined {
  return record === null ? undefined : (JSON.parse(record) as StoredFacts);
}

/** `lost`: the crash fell between the server's rotation and the save. `out`: nothing is stored any more. */
type Verdict = "kept" | "lost" | "out";

/** What the calls of those who live may come to. */
function allowed(party: Party, run: Run): readonly string[] {
  const { protocol } = party;
  const isOut = run.parties.some(({ protocol: each }) => each === "signOut");
  const isLost = run.crashed?.isUnsaved === true;
  if (protocol === "use" || protocol === "useWhileSigningIn") return allowedToUse(party, isOut);
  return [
    "resolved",
    ...(protocol === "refresh" && isOut ? ["signed_out_elsewhere", "sign_in_required"] : []),
    // A sign-out that crashed has perhaps revoked the grant, and not cleared the store.
    // Whose answer was lost is noted before it is sent: whoever comes after knows.
    ...(protocol === "refresh" && isLost ? ["answer_lost"] : []),
    ...(protocol === "refresh" && isOut && run.crashed ? ["session_ended"] : []),
    ...(protocol === "refresh" && run.hasTimedOut ? ["temporarily_unavailable"] : []),
    ...(protocol === "signIn" && run.hasTimedOut ? ["lock_timeout"] : []),
  ];
}

/** After a sign-out that the stamp tells of nothing is given out; nothing else keeps a good token back. */
function allowedToUse({ protocol, used }: Party, isOut: boolean): readonly string[] {
  const nothing =
    protocol === "use" ? ["signed_out_elsewhere", "sign_in_required"] : ["interaction_in_progress"];
  return [...(isOut && used?.wasNews ? [] : ["resolved"]), ...(isOut ? nothing : [])];
}

/** The promises, at the end of one run, and once more after everybody has gone on with what they have. */
async function standingOf(run: Run, steps: readonly string[]): Promise<Verdict> {
  const order = steps.join(" ");
  const { parties, crashed } = run;
  const alive = parties.filter(({ process }) => process !== crashed);
  const isLost = crashed?.isUnsaved === true;
  const signsOut = parties.some(({ protocol }) => protocol === "signOut");
  const isOut = parties.some(({ protocol, outcome }) => protocol === "signOut" && outcome === "resolved");
  const keepsPromises = (): void => {
    expect(run.violations, order).toEqual([]);
    if (!isLost) expect(server.reuses - run.reusesBefore, `a spent token was sent: ${order}`).toBe(0);
    if (isOut) expect(storedFacts(run)?.sessionId, `it is signed out: ${order}`).not.toBe("first");
  };
  keepsPromises();
  for (const party of alive) expect(allowed(party, run), order).toContain(party.outcome);
  // Somebody has signed in since: the token of before is not given out.
  for (const { used } of alive)
    if (used?.wasNews && used.token && parties.some(({ protocol }) => protocol === "signIn"))
      expect(used.token, order).toBe(storedFacts(run)?.accessToken?.value);

  for (const { process } of alive) {
    // The sign-in that nobody finishes.
    process.client.cancel();
    const again = outcomeOf(process.client.getAccessToken({ forceRefresh: true }));
    await run.letGo();
    const out = signsOut ? ["signed_out", "signed_out_elsewhere", "sign_in_required", "session_ended"] : [];
    expect(["resolved", ...(isLost ? ["answer_lost"] : []), ...out], order).toContain(await again);
  }
  keepsPromises();
  if (isLost) return "lost";
  const stored = storedFacts(run);
  expect(stored !== undefined || signsOut, `nobody signed out, and nothing is stored: ${order}`).toBe(true);
  if (!stored) return "out";
  if (crashed && signsOut) return "kept";
  const { status } = await askForTokens({ grant_type: "refresh_token", refresh_token: stored.refreshToken });
  expect(status, `the stored token is not the newest: ${order}`).toBe(200);
  return "kept";
}

interface Tally extends Exploration, Record<Verdict, number> {
  readonly ends: ReadonlySet<string>;
}

async function exploreAll(setting: Setting, reduces = true): Promise<Tally> {
  const tally = { kept: 0, lost: 0, out: 0 };
  const ends = new Set<string>();
  const exploration = await explore({
    begin: () => begin(setting),
    judge: async (run, steps) => {
      const verdict = await standingOf(run, steps);
      tally[verdict]++;
      ends.add(
        [verdict, ...run.parties.map(({ outcome }) => outcome), storedFacts(run)?.generation].join(" "),
      );
    },
    reduces,
  });
  const { protocols, keeps, crashes, timeouts, stamps } = setting;
  const fault = crashes ? ", one crashes" : timeouts ? ", one wait for the lock is given up" : "";
  const { runs, pruned } = exploration;
  report.push(
    `${protocols.join(" || ")} (${keeps}${stamps ? ", stamp" : ""}${fault}${reduces ? "" : ", unreduced"}): ${runs} orders ` +
      `(${pruned} more seen to be equivalent): ${JSON.stringify(tally)}`,
  );
  return { ...exploration, ...tally, ends };
}

/** `INTERLEAVINGS=all`: everything, which takes minutes. */
const isThorough = process.env["INTERLEAVINGS"] === "all";
const limit = { timeout: isThorough ? 3_600_000 : 30_000 };

describe("every order of two processes' steps keeps the promises", () => {
  // How many orders there are at the least: fewer would mean that the scheduler has gone blind.
  describe.each([
    ["", false],
    [", with the stamp", true],
  ])("one of two crashes at any step%s", (_, stamps) => {
    it.each<[Protocol, Protocol, number]>([
      ["refresh", "refresh", 40],
      ["refresh", "signIn", 50],
      ["refresh", "signOut", 35],
      ["signIn", "signOut", 50],
      ["signOut", "signOut", 30],
      ["signIn", "signIn", 60],
    ])("%s beside %s", limit, async (a, b, floor) => {
      const tally = await exploreAll({ protocols: [a, b], keeps: "store", crashes: true, stamps });
      expect(tally.runs).toBeGreaterThanOrEqual(floor);
      // A sign-in loses nothing: what it replaces stays until it is saved.
      if ([a, b].includes("refresh")) expect(tally.lost).toBeGreaterThan(0);
      else expect(tally.lost).toBe(0);
      expect(tally.kept + tally.out).toBeGreaterThan(tally.lost);
    });
  });

  it(
    "refresh beside refresh, with a place kept for each save, and one crashes at any step",
    limit,
    async () => {
      const protocols = ["refresh", "refresh"] as const;
      const tally = await exploreAll({ protocols, keeps: "store", crashes: true, prepares: true });
      expect(tally.runs).toBeGreaterThanOrEqual(45);
      expect(tally.lost).toBeGreaterThan(0);
    },
  );

  it.each<[Protocol, Protocol, number]>([
    ["refresh", "refresh", 4],
    ["refresh", "signIn", 20],
    ["refresh", "signOut", 6],
    ["signIn", "signOut", 40],
    ["signOut", "signOut", 10],
  ])("%s beside %s, both from the start of the process", limit, async (a, b, floor) => {
    const tally = await exploreAll({ protocols: [a, b], keeps: "memory" });
    expect(tally.runs).toBeGreaterThanOrEqual(floor);
    expect(tally.lost).toBe(0);
  });

  it("three processes that refresh at once", limit, async () => {
    const tally = await exploreAll({ protocols: ["refresh", "refresh", "refresh"], keeps: "store" });
    expect(tally.runs).toBeGreaterThanOrEqual(10);
    expect(tally.kept).toBe(tally.runs);
  });

  it.each<[Protocol, Protocol]>([
    ["refresh", "refresh"],
    ["refresh", "signIn"],
    ["signIn", "signIn"],
  ])("%s beside %s, and one does not get the lock in time", limit, async (a, b) => {
    const tally = await exploreAll({ protocols: [a, b], keeps: "store", timeouts: true });
    expect(tally.kept).toBe(tally.runs);
    expect([...tally.ends].join()).toMatch(/temporarily_unavailable|lock_timeout/);
  });

  it.each<[Protocol, Protocol, number]>([
    ["use", "signOut", 15],
    ["use", "signIn", 15],
    ["use", "refresh", 15],
    ["useWhileSigningIn", "signOut", 15],
    ["useWhileSigningIn", "signIn", 15],
  ])("%s beside %s, with the stamp, and one of them crashes at any step", limit, async (a, b, floor) => {
    const tally = await exploreAll({ protocols: [a, b], keeps: "store", crashes: true, stamps: true });
    expect(tally.runs).toBeGreaterThanOrEqual(floor);
    expect(tally.lost === 0).toBe(b !== "refresh");
  });

  // Not skipped but absent: it takes minutes, and a skipped test says that something is missing.
  if (isThorough) {
    it("all of it, without leaving anything out", limit, async () => {
      const protocols: readonly Protocol[] = ["refresh", "signIn", "signOut"];
      for (const [at, a] of protocols.entries())
        for (const b of protocols.slice(at)) {
          for (const keeps of ["memory", "store"] as const)
            await exploreAll({ protocols: [a, b], keeps, crashes: true });
          await exploreAll({ protocols: [a, b], keeps: "store" }, false);
        }
    });
  }
});

describe("the scheduler", () => {
  it("leaves out only orders that come to the same", limit, async () => {
    const setting = { protocols: ["refresh", "signOut"], keeps: "memory" } as const;
    const all = await exploreAll(setting, false);
    const some = await exploreAll(setting);
    expect(all.runs).toBeGreaterThan(some.runs * 3);
    expect(some.ends).toEqual(all.ends);
  });

  it("finds the spent token that is sent when the lock locks nothing", limit, async () => {
    let found: readonly string[] | undefined;
    await explore({
      begin: () => begin({ protocols: ["refresh", "refresh"], keeps: "memory", lock: "broken" }),
      judge: async (run, steps) => {
        if (server.reuses > run.reusesBefore) found = steps;
        return !found;
      },
    });
    report.push(`With a lock that locks nothing a spent token is sent: ${found?.join(" ")}`);
    expect(found).toContain("B:request");
  });

  it("finds the session that comes back when the lock locks nothing", limit, async () => {
    const found = new Set<string>();
    await explore({
      begin: () => begin({ protocols: ["refresh", "signOut"], keeps: "store", lock: "broken" }),
      judge: async (run) => run.violations.forEach((violation) => found.add(violation)),
    });
    expect(found).toContain("a session that was cleared came back");
  });
});

import { describe, expect, it } from "vitest";
import { createActor, type SnapshotFrom } from "xstate";
import { createActors } from "../../src/actors/create-actors.js";
import { host } from "../../src/actors/hosting.js";
import { createAttempt } from "../../src/oauth/sign-in-attempt.js";
import { resolveConfig } from "../../src/config/config.js";
import { authMachine } from "../../src/machine/machine.js";
import { steadily } from "../../src/ports/steady-clock.js";
import { createOAuthContext } from "../../src/oauth/context.js";
import { createKnownServer } from "../../src/oauth/known-server.js";
import { Secret, type SessionStore } from "../../src/index.js";
import {
  createFakeClock,
  createFakeListener,
  createFakePorts,
  createFakeServer,
  type FakePortsOptions,
} from "../../src/testing/index.js";

type Snapshot = SnapshotFrom<typeof authMachine>;
const PLAN = { scope: "openid offline_access" };

/** The real machine with the real actors, and every snapshot it was in. */
async function arrange(options: Partial<FakePortsOptions> = {}) {
  const clock = createFakeClock();
  const server = await createFakeServer({ clock });
  const ports = createFakePorts({ clock, server, ...options });
  const config = resolveConfig({ issuer: server.issuer, clientId: "app", ...PLAN });
  const oauth = createOAuthContext(config, ports);
  const actor = createActor(authMachine, {
    input: {
      clientId: "app",
      refreshOnStart: true,
      ownsConnections: false,
      random: () => 0,
      now: () => clock.now(),
    },
  });
  host(actor, createActors(config, steadily(ports), oauth, createKnownServer(oauth, steadily(ports))));
  const snapshots: Snapshot[] = [actor.getSnapshot()];
  actor.subscribe((snapshot) => snapshots.push(snapshot));
  let verdict: (event: { readonly type: string }) => void = () => {};
  actor.on("signedIn", (event) => verdict(event));
  actor.on("signInFailed", (event) => verdict(event));
  actor.start();
  let attempts = 0;
  const begin = () => {
    const attempt = createAttempt(++attempts, {}, config, clock);
    const done = new Promise<{ readonly type: string }>((resolve) => (verdict = resolve));
    actor.send({ type: "signIn", attempt });
    return { attempt, done: done.then((event) => ({ event, snapshot: actor.getSnapshot() })) };
  };
  const until = (holds: (snapshot: Snapshot) => boolean) =>
    new Promise<void>((resolve) => {
      if (holds(actor.getSnapshot())) return resolve();
      const subscription = actor.subscribe((snapshot) => {
        if (!holds(snapshot)) return;
        subscription.unsubscribe();
        resolve();
      });
    });
  await until((snapshot) => !snapshot.matches("restoring"));
  return { actor, clock, server, ports, snapshots, begin, until };
}
type World = Awaited<ReturnType<typeof arrange>>;

/** Every value of every Secret that can be reached from here. */
function reachableSecrets(value: unknown, found: string[] = [], seen = new Set<unknown>()): string[] {
  if (typeof value === "string") found.push(value);
  if (typeof value !== "object" || value === null || seen.has(value)) return found;
  seen.add(value);
  if (value instanceof Secret) return reachableSecrets((value as Secret<unknown>).reveal(), found, seen);
  if (value instanceof URL || value instanceof URLSearchParams) found.push(value.toString());
  for (const member of Object.values(value)) reachableSecrets(member, found, seen);
  if (value instanceof Error) reachableSecrets([value.message, value.cause], found, seen);
  return found;
}

const inWait = (snapshot: Snapshot) =>
  snapshot.matches("awaiting-callback") || snapshot.matches("exchanging");

/** Rules 3 and 4 on every snapshot of a run. */
function expectRules({ snapshots }: World): void {
  for (const snapshot of snapshots) {
    const { attempt, session, failure } = snapshot.context;
    const where = JSON.stringify(snapshot.value);
    expect(attempt !== undefined, where).toBe(inWait(snapshot));
    if (!inWait(snapshot)) expect(failure, where).toBeUndefined();
    expect(snapshot.matches("authenticated") ? session !== undefined : true, where).toBe(true);
    expect(snapshot.matches("idle") ? session === undefined : true, where).toBe(true);
    expect(attempt?.redirect !== undefined, where).toBe(snapshot.matches("exchanging"));
    expect(attempt?.response !== undefined, where).toBe(snapshot.matches("exchanging"));
    const saves = [{ exchanging: "saving" }, { refreshing: "persisting" }] as const;
    expect(snapshot.context.candidate !== undefined, where).toBe(
      saves.some((state) => snapshot.matches(state)),
    );
    expect(snapshot.matches("givingUp"), "never rests in givingUp").toBe(false);
  }
}

const failures: readonly [string, string, Partial<FakePortsOptions>, (world: World) => unknown][] = [
  [
    "cancelled while waiting",
    "cancelled",
    { person: () => {} },
    async ({ actor, until }) => {
      await until((snapshot) => snapshot.matches({ "awaiting-callback": "waiting" }));
      actor.send({ type: "cancel" });
    },
  ],
  ["cancelled at once", "cancelled", {}, ({ actor }) => actor.send({ type: "cancel" })],
  [
    "out of time",
    "timed_out",
    { person: () => {} },
    async ({ clock, until }) => {
      await until((snapshot) => snapshot.matches({ "awaiting-callback": "waiting" }));
      await clock.advance(300_000);
    },
  ],
  [
    "denied",
    "access_denied",
    { person: (url, { listener, server }) => void listener.visit(server.authorize(url, "deny")) },
    () => {},
  ],
  [
    "of another issuer",
    "invalid_response",
    {
      person: (url, { listener, server }) => {
        const redirect = new URL(server.authorize(url));
        redirect.searchParams.set("iss", "https://evil.example");
        void listener.visit(redirect.href);
      },
    },
    () => {},
  ],
  ["without a port", "port_unavailable", { listener: createFakeListener({ takenPorts: [0] }) }, () => {}],
  [
    "with a server that cannot be found",
    "discovery_failed",
    {},
    ({ server }) => {
      server.intercept = () => new Response(null, { status: 404 });
    },
  ],
  [
    "refused at the exchange",
    "authorization_failed",
    {},
    ({ server }) => {
      server.intercept = ({ path }) =>
        path === "/token" ? Response.json({ error: "invalid_grant" }, { status: 400 }) : undefined;
    },
  ],
  [
    "cancelled during the exchange",
    "cancelled",
    {},
    async ({ server, actor, until }) => {
      server.intercept = ({ path }) => (path === "/token" ? new Promise<Response>(() => {}) : undefined);
      await until((snapshot) => snapshot.matches({ exchanging: "redeeming" }));
      actor.send({ type: "cancel" });
    },
  ],
  [
    "with an ID token that does not hold",
    "id_token_invalid",
    {},
    ({ server }) => {
      server.idTokenClaims = { aud: "other" };
    },
  ],
];

const brokenStore: SessionStore = {
  info: { kind: "memory", persistent: false },
  load: async () => null,
  save: async () => {
    throw Object.assign(new Error("the keyring is locked"), { code: "GenericFailure" });
  },
  clear: async () => {},
  probe: async () => {},
  quarantine: async () => null,
};

describe("rule 3: idle holds no token, code or verifier", () => {
  it.each([
    ...failures,
    [
      "that cannot be saved",
      "store_unavailable",
      { store: brokenStore },
      () => {},
    ] as (typeof failures)[number],
  ])("after a sign-in %s", async (_, code, options, meddle) => {
    const world = await arrange(options);
    const { attempt, done } = world.begin();
    await meddle(world);
    const { event, snapshot } = await done;
    // The aborted request takes its own timer away a turn later.
    await world.clock.advance(0);
    expect(event).toMatchObject({ type: "signInFailed", attemptId: 1, error: { code } });
    expect(snapshot.matches("idle")).toBe(true);
    expect(snapshot.context).toMatchObject({ attempt: undefined, session: undefined, failure: undefined });
    expect(snapshot.context.reason).toMatchObject({ code, at: world.clock.now() });
    const { codeVerifier, state, nonce } = attempt.proof;
    const held = reachableSecrets(snapshot.context).join("\n");
    for (const secret of [codeVerifier.reveal(), state.reveal(), nonce.reveal(), ...world.server.secrets])
      expect(held).not.toContain(secret);
    expect(Object.keys(snapshot.children)).toEqual([]);
    expect(world.clock.armed).toBe(0);
    expect(world.ports.listener.isListening).toBe(false);
    expectRules(world);
    world.actor.stop();
  });

  it("and the search would find them: while waiting they are there", async () => {
    const { begin, until, actor } = await arrange({ person: () => {} });
    const { attempt } = begin();
    await until((snapshot) => snapshot.matches({ "awaiting-callback": "waiting" }));
    const held = reachableSecrets(actor.getSnapshot().context).join("\n");
    for (const secret of Object.values(attempt.proof))
      expect(held).toContain((secret as Secret<string>).reveal());
    actor.stop();
  });
});

describe("rule 4: an attempt lives in awaiting-callback and exchanging only", () => {
  it("in a sign-in that succeeds, and authenticated holds tokens but no code or verifier", async () => {
    const world = await arrange();
    const { attempt, done } = world.begin();
    const { event, snapshot } = await done;
    expect(event.type).toBe("signedIn");
    expect(snapshot.matches("authenticated")).toBe(true);
    expectRules(world);
    const held = reachableSecrets(snapshot.context).join("\n");
    const code = world.server.secrets.find((secret) => secret.startsWith("code-"))!;
    for (const secret of [attempt.proof.codeVerifier.reveal(), attempt.proof.state.reveal(), code])
      expect(held).not.toContain(secret);
    expect(held).toContain("access-");
    expect(Object.keys(snapshot.children)).toEqual(["awaitRefresh"]);
    world.actor.stop();
  });

  it.each(failures)(
    "in a second sign-in %s, which leaves the session as it was",
    async (_, code, options, meddle) => {
      let second = false;
      const allow: FakePortsOptions["person"] = (url, { listener, server }) =>
        void listener.visit(server.authorize(url));
      const free = createFakeListener();
      const listener = options.listener;
      const world = await arrange({
        ...options,
        person: (url, people) => (second ? (options.person ?? allow) : allow)(url, people),
        ...(listener === undefined
          ? {}
          : {
              listener: {
                post: (url: string) => (second ? listener : free).post(url),
                visit: (url) => free.visit(url),
                listenForRedirect: (asked) => (second ? listener : free).listenForRedirect(asked),
                get isListening() {
                  return free.isListening || listener.isListening;
                },
              },
            }),
      });
      const first = await world.begin().done;
      const { session } = first.snapshot.context;
      expect(session).toBeDefined();
      const storedId = async () =>
        (JSON.parse((await world.ports.store.load())!) as { sessionId: string }).sessionId;
      const id = await storedId();
      second = true;
      // What discovery found is remembered; let the hour pass, so that it can fail again.
      world.clock.sleep(3_600_000);
      const { done } = world.begin();
      await meddle(world);
      const { event, snapshot } = await done;
      expect(event).toMatchObject({ type: "signInFailed", attemptId: 2, error: { code } });
      expect(snapshot.matches("authenticated")).toBe(true);
      expect(snapshot.context).toMatchObject({ attempt: undefined, failure: undefined, reason: undefined });
      expect(snapshot.context.session).toBe(session);
      // The hour has passed for its token too: it may be refreshed by now, but it is the same session.
      expect(await storedId()).toBe(id);
      expectRules(world);
      world.actor.stop();
    },
  );
});

describe("the listener lives as long as the wait (rule 7, A9)", () => {
  it("is open in awaiting-callback and in no other state", async () => {
    const world = await arrange();
    const open: [string, boolean][] = [];
    world.actor.subscribe((snapshot) => {
      if (!snapshot.matches("awaiting-callback"))
        open.push([JSON.stringify(snapshot.value), world.ports.listener.isListening]);
    });
    await world.begin().done;
    expect(open.length).toBeGreaterThan(2);
    expect(open.filter(([, isOpen]) => isOpen)).toEqual([]);
    world.actor.stop();
  });

  it("is gone when the machine is stopped in the middle, with its timers", async () => {
    const world = await arrange({ person: () => {} });
    world.begin();
    await world.until((snapshot) => snapshot.matches({ "awaiting-callback": "waiting" }));
    expect(world.ports.listener.isListening).toBe(true);
    expect(world.clock.armed).toBeGreaterThan(0);
    world.actor.stop();
    expect(world.ports.listener.isListening).toBe(false);
    expect(world.clock.armed).toBe(0);
  });
});

describe("saving is not cancelled half-way", () => {
  it("a cancel while the record is being written changes nothing", async () => {
    let finish = (): void => {};
    const writing = new Promise<void>((resolve) => (finish = resolve));
    const world = await arrange({ store: { ...brokenStore, save: () => writing } });
    const { done } = world.begin();
    await world.until((snapshot) => snapshot.matches({ exchanging: "saving" }));
    world.actor.send({ type: "cancel" });
    expect(world.actor.getSnapshot().matches({ exchanging: "saving" })).toBe(true);
    expect(world.actor.getSnapshot().can({ type: "cancel" })).toBe(false);
    finish();
    expect((await done).event.type).toBe("signedIn");
    world.actor.stop();
  });

  it("nobody sees the tokens before they are saved", async () => {
    let finish = (): void => {};
    const writing = new Promise<void>((resolve) => (finish = resolve));
    const world = await arrange({ store: { ...brokenStore, save: () => writing } });
    const { done } = world.begin();
    await world.until((snapshot) => snapshot.matches({ exchanging: "saving" }));
    expect(world.actor.getSnapshot().context.session).toBeUndefined();
    finish();
    expect((await done).snapshot.context.session).toBeDefined();
    world.actor.stop();
  });
});

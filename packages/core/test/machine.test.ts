// Tests that the machine itself generates: each edge of it, taken by the running actor.
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { createActor, fromCallback, fromPromise, type AnyStateNode } from "xstate";
import { runAt } from "../src/clock.js";
import { authMachine } from "../src/machine.js";
import type { AuthEvent } from "../src/machine-types.js";
import { toState } from "../src/state.js";
import { createFakeClock } from "../src/testing/index.js";
import { createModel, keyOf, MARK, nameOf, proof, refreshDueAt, START, type Edge } from "./support/model.js";
import { defer, HOUR, type Deferred } from "./support/world.js";

const STORE = { kind: "test", persistent: true };
const SECRETS = [MARK, proof.codeVerifier.reveal(), proof.state.reveal(), proof.nonce.reveal()];
const CALLBACKS = ["listenForRedirect", "answerBrowser", "visitEndSession"];
const TIMERS = ["awaitDeadline", "awaitRefresh"];

const model = createModel(true);
const known = new Set(model.edges.map(idOf));
// What is different when nothing is refreshed at the start.
const lazyModel = createModel(false);
const lazyEdges = lazyModel.edges.filter((edge) => !known.has(idOf(edge)));
const states = [...model.states, ...lazyModel.states];
const edges = [...model.edges, ...lazyEdges];
const nodes = nodesOf(authMachine.root);

/** The real machine on a virtual clock, its other actors driven by hand. */
function run(refreshOnStart: boolean) {
  const clock = createFakeClock(START);
  const promises = new Map<string, Deferred<unknown>>();
  const callbacks = new Map<string, (event: AuthEvent) => void>();
  const timed = <Input extends object>(
    type: "deadlinePassed" | "refreshDue",
    at: (input: Input) => unknown,
  ) =>
    fromCallback<AuthEvent, Input>(({ input, sendBack }) => {
      const due = at(input);
      return typeof due === "number" ? runAt(clock, due, () => sendBack({ type }), false) : undefined;
    });
  const promised = (name: string) =>
    fromPromise(({ signal }) => {
      const deferred = defer<unknown>();
      promises.set(name, deferred);
      signal.addEventListener("abort", () => promises.delete(name));
      return deferred.promise.finally(() => promises.delete(name));
    });
  const called = (name: string) =>
    fromCallback<AuthEvent>(({ sendBack }) => {
      callbacks.set(name, sendBack);
      return () => void callbacks.delete(name);
    });
  const actors = Object.fromEntries(
    [...new Set(nodes.flatMap(({ invoke }) => invoke.map(({ id }) => id)))].map((name) => [
      name,
      CALLBACKS.includes(name) ? called(name) : promised(name),
    ]),
  );
  const seen: unknown[] = [];
  const actor = createActor(
    authMachine.provide({
      actors: {
        ...actors,
        awaitDeadline: timed("deadlinePassed", (input: { readonly deadline: number }) => input.deadline),
        awaitRefresh: timed("refreshDue", (input: { readonly at: number | undefined }) => input.at),
      },
    }),
    {
      input: { clientId: "app", refreshOnStart, now: () => clock.now() },
      inspect: (inspected) => {
        if (inspected.type === "@xstate.event") seen.push(inspected.event);
      },
    },
  ).start();

  /** Makes it happen in the world, not by telling the machine. */
  async function take(event: AuthEvent): Promise<void> {
    const [, outcome, name] = /^xstate\.(done|error)\.actor\.(.*)$/.exec(event.type) ?? [];
    const report = event as unknown as { readonly output?: unknown; readonly error?: unknown };
    const now = actor.getSnapshot();
    const owner = CALLBACKS.find((each) => each in now.children);
    if (outcome === "done") promises.get(name!)!.resolve(report.output);
    else if (outcome === "error") promises.get(name!)!.reject(report.error);
    else if (event.type === "refreshDue") await clock.advance(Math.max(refreshDueAt(now)! - clock.now(), 0));
    else if (event.type === "deadlinePassed") await clock.advance(Math.max(deadlineOf(now) - clock.now(), 0));
    else if (/^(listen|stray|redirect|visit)/.test(event.type)) callbacks.get(owner!)!(event);
    else actor.send(event);
    await new Promise((resolve) => setImmediate(resolve));
  }

  function deadlineOf({ context }: ReturnType<typeof actor.getSnapshot>): number {
    return context.attempt?.deadline ?? clock.now() + context.signOut!.timeoutMs;
  }

  return { actor, clock, take, seen, running: () => [...promises.keys(), ...callbacks.keys()].toSorted() };
}

/** Times are the clock's: in the model it stands still. */
function timeless(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (name, each: unknown) =>
      name === "at" || name === "nextRetryAt" ? "a time" : each,
    ),
  );
}

function expectNoSecret(value: unknown, where: string): void {
  for (const text of [JSON.stringify(value) ?? "", inspect(value, { depth: 20 })])
    for (const secret of SECRETS) expect(text.includes(secret), `${where} shows ${secret}`).toBe(false);
}

describe.each([
  { refreshOnStart: true, edges: model.edges },
  { refreshOnStart: false, edges: lazyEdges },
])("every edge, with refreshOnStart $refreshOnStart", ({ refreshOnStart, edges }) => {
  it.each(edges.map((edge) => [edge.name, edge] as const))("%s", async (_, { path, event, target }) => {
    const { actor, clock, take, seen, running } = run(refreshOnStart);
    for (const step of path) await take(step);
    seen.length = 0;
    await take(event);
    const now = actor.getSnapshot();
    expect(nameOf(now)).toBe(nameOf(target));
    expect(keyOf(now)).toBe(keyOf(target));
    expect(timeless(toState(now, STORE))).toEqual(timeless(toState(target, STORE)));
    const expected = Object.keys(target.children);
    expect(running()).toEqual(expected.filter((id) => !TIMERS.includes(id)).toSorted());
    const isTimed = (id: string): boolean => id === "awaitDeadline" || refreshDueAt(target) !== undefined;
    expect(clock.armed).toBe(expected.filter((id) => TIMERS.includes(id) && isTimed(id)).length);
    expect(seen.length).toBeGreaterThan(0);
    seen.forEach((each) => expectNoSecret(each, "an inspected event"));
    expectNoSecret(actor.getPersistedSnapshot(), "the persisted snapshot");
    for (const child of Object.values(now.children))
      expectNoSecret(child?.getSnapshot(), `actor ${child?.id}`);
    actor.stop();
    expect(clock.armed, "timers after the stop").toBe(0);
    expect(running(), "actors after the stop").toEqual([]);
  });
});

describe("the model", () => {
  const size = { states: model.states.length, edges: model.edges.length, lazy: lazyEdges.length };
  it(`has ${size.states} states, ${size.edges} edges, and ${size.lazy} more when it starts lazily`, () => {
    expect(size.states).toBeGreaterThan(300);
    expect(size.edges).toBeGreaterThan(1_400);
    expect(size.lazy).toBeGreaterThan(200);
  });

  it("takes every transition of the table", () => {
    const taken = new Set(edges.flatMap(({ source, event }) => authMachine.getTransitionData(source, event)));
    const missing = nodes
      .flatMap(({ transitions }) => [...transitions.values()].flat())
      .filter((transition) => !taken.has(transition))
      .map(({ source, eventType }) => `${source.id} on ${eventType}`);
    expect(missing).toEqual([]);
  });

  it("rests in every state but those that only choose", () => {
    const rested = new Set(states.map((state) => nameOf(state)));
    const missing = nodes
      .filter(({ type, always }) => type === "atomic" && !always?.some(({ guard }) => guard === undefined))
      .map(({ path }) => path.join("."))
      .filter((name) => !rested.has(name));
    expect(missing).toEqual([]);
  });
});

describe("the table", () => {
  it("gives every invoked actor an id, which is its name", () => {
    const invokes = nodes.flatMap(({ invoke }) => invoke);
    expect(invokes.length).toBeGreaterThan(0);
    for (const { id, src } of invokes) expect(id).toBe(src);
  });

  it("is at most two levels deep", () => {
    expect(Math.max(...nodes.map(({ path }) => path.length))).toBe(2);
  });

  it("has the states of the design", () => {
    expect(Object.keys(authMachine.states)).toEqual(
      expect.arrayContaining([
        "restoring",
        "idle",
        "awaiting-callback",
        "exchanging",
        "authenticated",
        "refreshing",
        "logging-out",
        "logged-out",
      ]),
    );
  });
});

describe("in every state and on every edge", () => {
  const into = (holds: (edge: Edge) => boolean): readonly Edge[] => {
    const found = edges.filter(holds);
    expect(found.length, "edges to judge").toBeGreaterThan(0);
    return found;
  };
  const where = (holds: (state: (typeof states)[number]) => boolean) => {
    const found = states.filter(holds);
    expect(found.length, "states to judge").toBeGreaterThan(0);
    return found;
  };
  const runs = (actor: string) => (state: (typeof states)[number]) => actor in state.children;

  it("rule 1: logged-out is entered from logging-out, or by the server's verdict on the grant", () => {
    const isOut = (state: (typeof states)[number]) => toState(state, STORE).status === "logged-out";
    for (const { name, source, event } of into(({ source, target }) => isOut(target) && !isOut(source))) {
      const isVerdict =
        source.matches({ refreshing: "requesting" }) && "error" in event && codeOf(event) === "session_ended";
      expect(source.matches("logging-out") || isVerdict, name).toBe(true);
    }
    for (const state of where(isOut))
      expect(["signed_out", "session_ended"], nameOf(state)).toContain(state.context.reason?.code);
  });

  it("rule 2: the store is cleared after the verdict or a sign-out, and by no failure that passes", () => {
    const clears = runs("clearStore");
    for (const { name, source, event } of into(({ source, target }) => clears(target) && !clears(source))) {
      const isVerdict = "error" in event && codeOf(event) === "session_ended";
      expect(isVerdict || source.matches({ "logging-out": "revoking" }), name).toBe(true);
    }
    const begins = into(
      ({ source, target }) => target.matches("logging-out") && !source.matches("logging-out"),
    );
    for (const { name, event } of begins) expect(event.type, name).toBe("signOut");
  });

  it("rule 3: idle and logged-out hold nothing of a session or an attempt", () => {
    for (const state of where((each) => each.matches("idle") || each.matches("logged-out"))) {
      const { attempt, session, candidate, signOut, failure, degraded } = state.context;
      expect({ attempt, session, candidate, signOut, failure, degraded }).toEqual({});
      expect(inspect(state.context, { depth: 20 })).not.toContain("[secret]");
    }
  });

  it("rule 4: an attempt lives in awaiting-callback and exchanging, its answer in exchanging alone", () => {
    for (const state of states) {
      const { attempt } = state.context;
      const isOn = state.matches("awaiting-callback") || state.matches("exchanging");
      expect(attempt !== undefined, nameOf(state)).toBe(isOn);
      expect(attempt?.response !== undefined, nameOf(state)).toBe(state.matches("exchanging"));
    }
  });

  it("rule 5: tokens from the server are the session only once they are saved", () => {
    const isNew = ({ source, target }: Edge) =>
      target.context.session !== undefined && target.context.session !== source.context.session;
    for (const { name, source, event, target } of into(isNew)) {
      const { type } = event as { readonly type: string };
      if (type === "xstate.done.actor.restoreSession") continue;
      // What is being revoked is not seen by anybody.
      if (type === "signOut") expect(toState(target, STORE), name).not.toHaveProperty("session");
      else expect(type, name).toBe("xstate.done.actor.saveSession");
      expect(target.context.session, name).toBe(source.context.candidate);
    }
    for (const state of where(({ context }) => context.candidate !== undefined))
      expect(state.matches("refreshing") || state.matches({ exchanging: "saving" }), nameOf(state)).toBe(
        true,
      );
  });

  it("rule 6: a refresh and a save under way end by their own outcome, whatever the app asks for", () => {
    const isBound = (state: (typeof states)[number]) =>
      ["refreshing.requesting", "refreshing.persisting", "exchanging.saving"].includes(nameOf(state));
    for (const { name, event } of into(({ source }) => isBound(source)))
      expect((event as { readonly type: string }).type, name).toMatch(
        /^xstate\.(done|error)\.actor\.(refreshSession|saveSession)$/,
      );
  });

  it("rule 7: the listener is open in awaiting-callback and for the visit, the browser is answered in exchanging", () => {
    for (const state of states) {
      const name = nameOf(state);
      expect(runs("listenForRedirect")(state), name).toBe(state.matches("awaiting-callback"));
      expect(runs("visitEndSession")(state), name).toBe(state.matches({ "logging-out": "visiting" }));
      expect(runs("answerBrowser")(state), name).toBe(state.matches("exchanging"));
      const isBounded = state.matches("awaiting-callback") || state.matches({ "logging-out": "visiting" });
      expect(runs("awaitDeadline")(state), name).toBe(isBounded);
    }
  });

  it("rule 8: the browser is sent out only after the local session was deleted", () => {
    const visits = runs("visitEndSession");
    for (const { name, source, event } of into(({ source, target }) => visits(target) && !visits(source))) {
      expect(source.matches({ "logging-out": "clearing" }), name).toBe(true);
      expect((event as { readonly type: string }).type, name).toMatch(/\.actor\.clearStore$/);
    }
    for (const state of where(visits)) expect(state.context.signOut?.result.local).not.toBe("skipped");
  });

  it("rule 9: a sign-in keeps the session from before, and comes back to it when it is given up", () => {
    const isOn = (state: (typeof states)[number]) =>
      state.matches("awaiting-callback") || state.matches("exchanging");
    const begun = into(({ source, target }) => source.matches("authenticated") && isOn(target));
    for (const { name, source, target } of begun)
      expect(target.context.session, name).toBe(source.context.session);
    const given = into(({ source, target, event }) => {
      const isSaved = (event as { readonly type: string }).type === "xstate.done.actor.saveSession";
      return isOn(source) && !isOn(target) && !isSaved;
    });
    for (const { name, source, target } of given) {
      expect(nameOf(target), name).toBe(source.context.session ? "authenticated" : "idle");
      expect(target.context.session, name).toBe(source.context.session);
      if (!source.context.session) expect(target.context.reason, name).toBeDefined();
    }
  });

  it("rule 10: no secret shows in a snapshot, its context or an event", () => {
    for (const state of states) {
      // The machine and its nodes are the same in all of them.
      expectNoSecret({ ...state, machine: undefined, _nodes: undefined, children: {} }, nameOf(state));
      expect(JSON.stringify(state), nameOf(state)).not.toContain(MARK);
    }
    for (const { event, label } of edges) expectNoSecret(event, label);
  });

  it("degraded always names a next try, and a signed-in person is never left without one", () => {
    for (const { context } of where((state) => state.context.degraded !== undefined)) {
      expect(context.degraded?.nextRetryAt).toBeGreaterThan(START);
      expect(context.degraded!.nextRetryAt).toBeLessThan(START + HOUR);
    }
    for (const state of where(({ context }) => context.session?.tokens.refreshToken !== undefined)) {
      if (state.matches("authenticated")) expect(runs("awaitRefresh")(state)).toBe(true);
    }
  });

  it("there is a way back to rest from everywhere", () => {
    const isRest = (state: (typeof states)[number]) =>
      state.matches("idle") || state.matches("authenticated") || state.matches("logged-out");
    const home = new Set(states.filter(isRest).map(keyOf));
    for (let size = -1; size !== home.size;) {
      size = home.size;
      for (const { source, target } of edges) if (home.has(keyOf(target))) home.add(keyOf(source));
    }
    expect(states.filter((state) => !home.has(keyOf(state))).map(nameOf)).toEqual([]);
  });
});

function codeOf(event: object): string | undefined {
  return (event as { readonly error?: { readonly code?: string } }).error?.code;
}

function idOf({ source, label, target }: Edge): string {
  return [keyOf(source), label, keyOf(target)].join();
}

function nodesOf(node: AnyStateNode): readonly AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap((child) => nodesOf(child))];
}

// Tests that the machine itself generates: each edge of it, taken by the running actor.
import { describe, expect, it } from "vitest";
import { createActor, fromCallback, fromPromise, type AnyStateNode } from "xstate";
import { runAt } from "../../src/ports/deadline-timer.js";
import { authMachine } from "../../src/machine/machine.js";
import type { AuthEvent } from "../../src/machine/vocabulary.js";
import { toState } from "../../src/client/inside/to-state.js";
import { createFakeClock } from "../../src/testing/index.js";
import { createModel, USUAL, type Edge } from "../support/explore.js";
import { keyOf, nameOf, refreshDueAt, START } from "../support/model.js";
import { expectNoSecret } from "./invariants/browser.js";
import { defer, type Deferred } from "../support/world.js";

const STORE = { kind: "test", persistent: true };
const CALLBACKS = ["holdLock", "reviewStored", "listenForRedirect", "answerBrowser", "visitEndSession"];
const TIMERS = ["awaitDeadline", "awaitRefresh"];

const model = createModel();
const known = new Set(model.edges.map(idOf));
// What is different when nothing is refreshed at the start.
const lazyModel = createModel({ ...USUAL, refreshOnStart: false });
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
      const end = (): void => {
        if (promises.get(name) === deferred) promises.delete(name);
      };
      signal.addEventListener("abort", end);
      return deferred.promise.finally(end);
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
      input: {
        clientId: "app",
        refreshOnStart,
        ownsConnections: false,
        now: () => clock.now(),
        random: () => 0.5,
      },
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
    const owner = ["listenForRedirect", "visitEndSession"].find((each) => each in now.children);
    if (outcome === "done") promises.get(name!)!.resolve(report.output);
    else if (outcome === "error") promises.get(name!)!.reject(report.error);
    else if (event.type === "refreshDue") await clock.advance(Math.max(refreshDueAt(now)! - clock.now(), 0));
    else if (event.type === "deadlinePassed") await clock.advance(Math.max(deadlineOf(now) - clock.now(), 0));
    else if (/^(lock|note)/.test(event.type)) callbacks.get("holdLock")!(event);
    else if (event.type === "reviewed") callbacks.get("reviewStored")!(event);
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
    expect(size.states).toBeGreaterThan(250);
    expect(size.edges).toBeGreaterThan(1_400);
    expect(size.lazy).toBeGreaterThan(120);
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
        "reviewing",
        "refreshing",
        "logging-out",
        "visiting",
        "logged-out",
      ]),
    );
  });
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

function idOf({ source, label, target }: Edge): string {
  return [keyOf(source), label, keyOf(target)].join();
}

function nodesOf(node: AnyStateNode): readonly AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap((child) => nodesOf(child))];
}

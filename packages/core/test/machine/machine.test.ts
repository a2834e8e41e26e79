// Tests that the machine itself generates: each edge of it, taken by the running actor.
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import {
  createActor,
  fromCallback,
  fromPromise,
  initialTransition,
  transition,
  type AnyStateNode,
} from "xstate";
import { runAt } from "../../src/ports/deadline-timer.js";
import { authMachine } from "../../src/machine/machine.js";
import type { AuthEvent } from "../../src/machine/vocabulary.js";
import type { StoreReading } from "../../src/actors/declarations.js";
import { toState } from "../../src/client/inside/to-state.js";
import { RefreshFailure } from "../../src/oauth/refresh-request.js";
import { standingOf, type Stored } from "../../src/session/read-stored.js";
import { isGrantRefused } from "../../src/session/refused-in-other-words.js";
import { isPastProof } from "../../src/session/session.js";
import { createFakeClock } from "../../src/testing/index.js";
import { createModel, keyOf, MARK, nameOf, proof, refreshDueAt, START, type Edge } from "../support/model.js";
import { defer, HOUR, type Deferred } from "../support/world.js";

const STORE = { kind: "test", persistent: true };
const SECRETS = [MARK, proof.codeVerifier.reveal(), proof.state.reveal(), proof.nonce.reveal()];
const CALLBACKS = ["holdLock", "reviewStored", "listenForRedirect", "answerBrowser", "visitEndSession"];
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

describe("in every state and on every edge", () => {
  const into = (holds: (edge: Edge) => boolean): readonly Edge[] => {
    const found = edges.filter(holds);
    expect(found.length, "edges to standingOf").toBeGreaterThan(0);
    return found;
  };
  const where = (holds: (state: (typeof states)[number]) => boolean) => {
    const found = states.filter(holds);
    expect(found.length, "states to standingOf").toBeGreaterThan(0);
    return found;
  };
  const runs = (actor: string) => (state: (typeof states)[number]) => actor in state.children;

  it("rule 1: logged-out is entered by signing out, or by a verdict: the server's, or the stored record's", () => {
    const isOut = (state: (typeof states)[number]) => toState(state, STORE).status === "logged-out";
    for (const { name, source, event, target } of into(
      ({ source, target }) => isOut(target) && !isOut(source),
    )) {
      const isSignOut = source.matches("logging-out") || source.matches("visiting");
      expect(target.context.reason?.code, name).toBe(isSignOut ? "signed_out" : verdictOf(source, event));
    }
    const codes = new Set(where(isOut).map(({ context }) => context.reason?.code));
    expect([...codes].map(String).toSorted()).toEqual([
      "account_changed",
      "answer_lost",
      "session_ended",
      "signed_out",
      "signed_out_elsewhere",
    ]);
  });

  it("rule 2: the store is cleared after the verdict or a sign-out, and by no failure that passes", () => {
    const clears = runs("clearStore");
    for (const { name, source, event, target } of into(
      ({ source, target }) => clears(target) && !clears(source),
    )) {
      if (source.matches({ "logging-out": "revoking" }))
        expect(source.context.signOut?.sparesStored, name).toBe(false);
      else {
        expect(nameOf(source), name).toBe("refreshing.judging");
        expect(storedIn(source, event), name).toBe("ours");
        expect(["session_ended", "answer_lost"], name).toContain(target.context.reason?.code);
      }
    }
    const begins = into(
      ({ source, target }) => target.matches("logging-out") && !source.matches("logging-out"),
    );
    for (const { name, event } of begins) expect(event.type, name).toBe("signOut");
    const judged = into(
      ({ source, target }) =>
        target.matches({ refreshing: "judging" }) && !source.matches({ refreshing: "judging" }),
    );
    for (const { name, event } of judged)
      expect(["session_ended", "answer_lost"], name).toContain(codeOf(event));
  });

  it("rule 3: idle and logged-out hold nothing of a session or an attempt", () => {
    for (const state of where((each) => each.matches("idle") || each.matches("logged-out"))) {
      const { attempt, session, candidate, signOut, degraded, failure } = state.context;
      expect({ attempt, session, candidate, signOut, degraded, failure }).toEqual({});
      expect(inspect(state.context, { depth: 20 })).not.toContain("[secret]");
    }
  });

  it("rule 4: an attempt lives in awaiting-callback and exchanging, its answer in exchanging alone", () => {
    for (const state of states) {
      const { attempt } = state.context;
      const isOn = state.matches("awaiting-callback") || state.matches("exchanging");
      expect(attempt !== undefined, nameOf(state)).toBe(isOn);
      // By a redirect, or by a device code that was approved.
      const isAnswered = attempt?.response !== undefined || attempt?.device !== undefined;
      expect(isAnswered, nameOf(state)).toBe(
        state.matches("exchanging") || state.matches({ "awaiting-callback": "device" }),
      );
      if (attempt?.response) expect(state.matches("exchanging"), nameOf(state)).toBe(true);
    }
  });

  it("rule 5: tokens from the server are the session only once they are saved", () => {
    const isNew = ({ source, target }: Edge) =>
      target.context.session !== undefined && target.context.session !== source.context.session;
    for (const { name, source, event, target } of into(isNew)) {
      const { session } = target.context;
      const { type } = event as { readonly type: string };
      if (target.matches("visiting")) {
        expect(Object.keys(session!.tokens), name).toEqual(["idToken"]);
        expect(session!.id, name).toBe(source.context.session?.id);
      } else if (target.context.degraded?.detail === "refused" && session?.id === source.context.session?.id)
        // Marked: the tokens are what they were.
        expect(session?.tokens, name).toBe(source.context.session?.tokens ?? session?.tokens);
      else if (type === "xstate.done.actor.readStore")
        expect(session, name).toBe((event as unknown as { readonly output: Stored }).output.session);
      else if (event.type === "reviewed") expect(session, name).toBe(event.stored?.session);
      else {
        // What is being revoked is not seen by anybody.
        if (type === "signOut") expect(toState(target, STORE), name).not.toHaveProperty("session");
        else expect(type, name).toMatch(/^xstate\.done\.actor\.save(Session|UnderLock)$/);
        expect(session, name).toBe(source.context.candidate);
      }
    }
    const hides = ({ context }: (typeof states)[number]) => context.candidate !== undefined;
    for (const state of where(hides))
      expect(["refreshing.persisting", "refreshing.pausing", "exchanging.saving"]).toContain(nameOf(state));
    for (const { name, source, target } of into(({ target }) => hides(target)))
      expect(target.context.session, name).toBe(source.context.session);
  });

  it("rule 5: a save that fails is tried again under the same lock, reported as degraded", () => {
    const failed = into(({ source, event }) => {
      const { type } = event as { readonly type: string };
      return source.matches("refreshing") && type === "xstate.error.actor.saveSession";
    });
    for (const { name, source, target } of failed) {
      expect(nameOf(target), name).toBe("refreshing.pausing");
      expect(target.context.candidate, name).toBe(source.context.candidate);
      expect(toState(target, STORE), name).toHaveProperty("degraded");
    }
    // What the lock and the timer tell beside it leads nowhere.
    const isFact = ({ type }: AuthEvent): boolean => /^(noteFailed|timerLate|networkFailed)$/.test(type);
    for (const { name, event, target } of into(
      ({ source, event: each }) => source.matches({ refreshing: "pausing" }) && !isFact(each),
    ))
      expect(nameOf(target), name).toBe(
        event.type === "signOut" ? "logging-out.locking" : "refreshing.persisting",
      );
  });

  it("rule 6: what writes the store or spends a token runs only beside the lock", () => {
    for (const actor of ["saveSession", "clearStore", "refreshSession", "revokeTokens"])
      for (const state of where(runs(actor))) expect(runs("holdLock")(state), nameOf(state)).toBe(true);
    for (const state of where(runs("saveUnderLock"))) expect(nameOf(state)).toBe("exchanging.saving");
    for (const state of where(runs("readStore"))) {
      expect(readingOf(state).holdsLock, nameOf(state)).toBe(runs("holdLock")(state));
      const writesNothing = state.matches("restoring") || state.matches("reviewing");
      expect(runs("holdLock")(state), nameOf(state)).toBe(!writesNothing);
    }
  });

  it("a change elsewhere is looked at wherever nothing is under way, and nobody is asked for it", () => {
    const seen = into(
      ({ event, source }) => event.type === "changedElsewhere" && !source.matches("awaiting-callback"),
    );
    for (const { name, source, target } of seen) {
      expect(nameOf(target), name).toBe(source.matches("authenticated") ? "reviewing" : "restoring");
      expect(readingOf(target), name).toEqual({ holdsLock: false, quietly: true });
    }
    expect([...new Set(seen.map(({ source }) => nameOf(source)))].toSorted()).toEqual([
      "authenticated",
      "idle",
      "logged-out",
    ]);
    for (const { name, target } of into(
      ({ event, source }) => event.type === "wake" && source.matches("idle"),
    ))
      expect(readingOf(target).quietly, name).toBe(true);
    for (const { name, event, target } of into(({ target }) => runs("readStore")(target)))
      if (!/^(changedElsewhere|wake|networkFailed)$/.test(event.type))
        expect(readingOf(target).quietly ?? false, name).toBe(false);
  });

  it("a look at what was done elsewhere neither spends a token nor loses the session to a store that fails", () => {
    for (const { name, source, event, target } of into(({ source }) => source.matches("reviewing"))) {
      // The look goes on; what it is to the path is noted.
      if (/^(wake|networkFailed)$/.test(event.type)) continue;
      const stored = storedIn(source, event);
      const isOver = stored === "gone" || stored === "stranger";
      const there = stored === "copied" ? "idle" : "authenticated";
      expect(nameOf(target), name).toBe(isOver ? "logged-out" : there);
      if (stored === "ours" || "error" in event)
        expect(target.context.session, name).toBe(source.context.session);
    }
  });

  it("a record of another machine is named wherever it is met, sends nothing and is not deleted", () => {
    const met = into(({ source, event }) => storedIn(source, event) === "copied");
    for (const { name, source, target } of met) {
      for (const actor of ["refreshSession", "clearStore"])
        expect(runs(actor)(target), `${name}: ${actor}`).toBe(false);
      // A sign-in that waits goes on, and replaces it.
      if (source.matches("logging-out") || target.matches("awaiting-callback")) continue;
      expect(nameOf(target), name).toBe("idle");
      expect(target.context.reason, name).toMatchObject({
        code: "sign_in_required",
        detail: "another machine",
      });
    }
  });

  it("a session that nothing shows to be this person's any more sends no refresh token, and is not deleted", () => {
    const isPast = ({ context: { session } }: Edge["source"]) =>
      session !== undefined && isPastProof(session);
    for (const { name, source, target } of into(
      ({ source }) => isPast(source) && source.matches("authenticated"),
    ))
      expect(target.matches("refreshing"), `${name}, ${source.context.degraded?.code}`).toBe(false);
    for (const state of where(isPast)) expect(runs("refreshSession")(state), nameOf(state)).toBe(false);
    for (const { name, event, target } of into(
      ({ source, target }) => isPast(source) && source.matches("authenticated") && target.matches("idle"),
    )) {
      expect(event.type, name).toMatch(/^refresh(Due)?$/);
      expect(target.context.reason?.code, name).toBe("sign_in_required");
    }
  });

  it("rule 6: the lock is waited for first, and kept until the state is left", () => {
    const holds = runs("holdLock");
    for (const state of where(holds))
      expect(state.matches("refreshing") || state.matches("logging-out"), nameOf(state)).toBe(true);
    const isOutside = (before: Edge["source"], { value }: Edge["target"]) =>
      !holds(before) || Object.keys(before.value).join() !== Object.keys(value).join();
    for (const { name, source, target } of into(({ target }) => holds(target)))
      if (isOutside(source, target)) expect(nameOf(target), name).toMatch(/\.locking$/);
    const isLocking = (state: (typeof states)[number]) => nameOf(state).endsWith(".locking");
    for (const { name, source, event, target } of into(
      ({ source, target }) => isLocking(source) && !isLocking(target),
    )) {
      const isOut = source.matches("logging-out");
      const unlocked = isOut ? "logging-out.revoking" : "authenticated";
      const locked = isOut ? "logging-out.reconciling" : "refreshing.reconciling";
      expect(["locked", "lockFailed"], name).toContain(event.type);
      expect(nameOf(target), name).toBe(event.type === "locked" ? locked : unlocked);
    }
  });

  it("rule 6: a refresh and a save under way end by their own outcome, whatever the app asks for", () => {
    const OUTCOMES: Readonly<Record<string, string>> = {
      "refreshing.reconciling": "readStore",
      "refreshing.checkingPath": "checkPath",
      "refreshing.preparing": "prepareSave",
      "refreshing.requesting": "refreshSession",
      "refreshing.judging": "readStore",
      "refreshing.persisting": "saveSession",
      "refreshing.ending": "clearStore",
      "exchanging.saving": "saveUnderLock",
      "logging-out.clearing": "clearStore",
    };
    for (const [state, actor] of Object.entries(OUTCOMES))
      for (const { name, event } of into(
        ({ source, target }) => nameOf(source) === state && nameOf(target) !== state,
      ))
        expect(event.type, name).toMatch(new RegExp(`^xstate\\.(done|error)\\.actor\\.${actor}$`));
  });

  it("rule 7: the listener is open in awaiting-callback and for the visit, the browser is answered in exchanging", () => {
    for (const state of states) {
      const name = nameOf(state);
      expect(runs("listenForRedirect")(state), name).toBe(state.matches("awaiting-callback"));
      expect(runs("visitEndSession")(state), name).toBe(state.matches("visiting"));
      expect(runs("answerBrowser")(state), name).toBe(state.matches("exchanging"));
      const isBounded = state.matches("awaiting-callback") || state.matches("visiting");
      expect(runs("awaitDeadline")(state), name).toBe(isBounded);
    }
  });

  it("rule 8: the browser is sent out only after the local session was deleted, or is not ours to delete", () => {
    const visits = runs("visitEndSession");
    for (const { name, source, event } of into(({ source, target }) => visits(target) && !visits(source))) {
      const isSpared = source.context.signOut?.sparesStored === true;
      expect(nameOf(source), name).toBe(isSpared ? "logging-out.revoking" : "logging-out.clearing");
      expect(event.type, name).toMatch(isSpared ? /\.actor\.revokeTokens$/ : /\.actor\.clearStore$/);
    }
    for (const state of where(visits)) {
      expect(state.context.signOut?.result.local).not.toBe("skipped");
      expect(toState(state, STORE).status).toBe("logging-out");
    }
    for (const { name, target } of into(({ source, target }) => visits(source) && !visits(target)))
      expect(nameOf(target), name).toBe("logged-out");
  });

  it("rule 8: what is somebody else's, or gone, is not deleted", () => {
    const read = into(
      ({ source, event }) =>
        source.matches({ "logging-out": "reconciling" }) && storedIn(source, event) !== undefined,
    );
    for (const { name, source, event, target } of read) {
      const isSpared = ["stranger", "copied", "gone"].includes(storedIn(source, event)!);
      expect(target.context.signOut?.sparesStored, name).toBe(isSpared);
    }
    for (const state of where(({ context }) => context.signOut?.sparesStored === true))
      expect(runs("clearStore")(state), nameOf(state)).toBe(false);
  });

  it("a change elsewhere while a sign-in waits is looked at beside it, and decides what the sign-in is on top of", () => {
    const looks = into(
      ({ source, event }) => source.matches("awaiting-callback") && event.type === "changedElsewhere",
    );
    for (const { name, source, target } of looks) {
      expect(nameOf(target), name).toBe(nameOf(source));
      expect(target.context.session, name).toBe(source.context.session);
    }
    for (const { name, source, target, event } of into(({ event: { type } }) => type === "reviewed")) {
      const { session, attempt } = source.context;
      const standing = storedIn(source, event);
      const isOver = session !== undefined && /gone|stranger|copied/.test(standing!);
      const isStepUp = attempt?.maxAge !== undefined;
      if (isOver) expect(target.context.session, name).toBeUndefined();
      else if (standing === "other") expect(target.context.session?.id, name).toBe("two");
      else if (session) expect(target.context.session, name).toBe(session);
      if (!isOver || !isStepUp) expect(nameOf(target), name).toBe(nameOf(source));
      else expect(nameOf(target), name).toBe(standing === "copied" ? "idle" : "logged-out");
    }
  });

  it("rule 9: a sign-in keeps the session from before, and comes back to it when it is given up", () => {
    const isOn = (state: (typeof states)[number]) =>
      state.matches("awaiting-callback") || state.matches("exchanging");
    const begun = into(({ source, target }) => source.matches("authenticated") && isOn(target));
    for (const { name, source, target } of begun)
      expect(target.context.session, name).toBe(source.context.session);
    const given = into(({ source, target, event }) => {
      const isSaved = (event as { readonly type: string }).type === "xstate.done.actor.saveUnderLock";
      return isOn(source) && !isOn(target) && !isSaved;
    });
    for (const { name, source, target, event } of given) {
      // What a step-up was on top of has ended elsewhere.
      if (event.type === "reviewed") continue;
      expect(nameOf(target), name).toBe(source.context.session ? "authenticated" : "idle");
      expect(target.context.session, name).toBe(source.context.session);
      if (!source.context.session) expect(target.context.reason, name).toBeDefined();
    }
  });

  it("rule 10: no secret shows in a snapshot, its context or an event", { timeout: 30_000 }, () => {
    for (const state of states) {
      // The machine and its nodes are the same in all of them.
      expectNoSecret({ ...state, machine: undefined, _nodes: undefined, children: {} }, nameOf(state));
      expect(JSON.stringify(state), nameOf(state)).not.toContain(MARK);
    }
    for (const { event, label } of edges) expectNoSecret(event, label);
  });

  it("rule 11: a refresh token is sent when a place is kept for its successor, and the path is not in doubt", () => {
    const requests = ({ source, target }: Edge) =>
      target.matches({ refreshing: "requesting" }) && !source.matches({ refreshing: "requesting" });
    for (const { name, event } of into(requests))
      expect(event.type as string, name).toBe("xstate.done.actor.prepareSave");
    const prepares = ({ source, target }: Edge) =>
      target.matches({ refreshing: "preparing" }) && !source.matches({ refreshing: "preparing" });
    for (const { name, source, event, target } of into(prepares)) {
      // A silence is a sign against the path too: it may have come with this very event.
      if (!target.context.isPathInDoubt) continue;
      const { session, failures } = source.context;
      expect(nameOf(source), name).toBe("refreshing.checkingPath");
      expect(event.type as string, name).toBe("xstate.error.actor.checkPath");
      expect(session?.tokens.accessToken, name).toBeUndefined();
      expect(failures, name).toBeGreaterThanOrEqual(3);
    }
    const refused = into(({ event }) => (event.type as string) === "xstate.error.actor.checkPath");
    expect(refused.some(({ target }) => target.matches("authenticated"))).toBe(true);
    expect(refused.some(({ target }) => target.matches({ refreshing: "preparing" }))).toBe(true);
  });

  it("rule 11: a wake, a late timer and a network error put the path in doubt; an answer takes that away", () => {
    const signs = into(({ source, event }) => {
      const isRefreshing = source.matches("authenticated") || source.matches("refreshing");
      return isRefreshing && /^(wake|timerLate|networkFailed)$/.test(event.type);
    });
    for (const { name, target } of signs) expect(target.context.isPathInDoubt, name).toBe(true);
    const failed = into(({ source }) => source.matches({ refreshing: "requesting" }));
    for (const { name, label, target } of failed)
      if (/reset|silence/.test(label)) expect(target.context.isPathInDoubt, name).toBe(true);
    const saved = into(
      ({ source, event }) =>
        source.matches("refreshing") && (event.type as string) === "xstate.done.actor.saveSession",
    );
    for (const { name, target } of saved) expect(target.context.isPathInDoubt, name).toBe(false);
  });

  it("rule 11: what opens its own connections asks no path", () => {
    const input = { clientId: "app", refreshOnStart: true, now: () => START, random: () => 0.5 };
    const asked = into(
      ({ source, target, event }) =>
        target.matches({ refreshing: "checkingPath" }) &&
        (event.type as string).endsWith("readStore") &&
        !source.matches({ refreshing: "checkingPath" }),
    );
    for (const { name, path, event } of asked) {
      const start = initialTransition(authMachine, { ...input, ownsConnections: true })[0];
      const end = [...path, event].reduce((each, next) => transition(authMachine, each, next)[0], start);
      // The path may have been another where a check was on it.
      if (end.context.isPathInDoubt) expect(end.matches({ refreshing: "checkingPath" }), name).toBe(false);
    }
  });

  it("an answer that was lost is asked for once more under the same lock, and not twice", () => {
    const lost = into(
      ({ source, label }) =>
        source.matches({ refreshing: "requesting" }) && /reset|gateway|silence/.test(label),
    );
    for (const { name, source, label, target } of lost) {
      expect(target.context.failures, name).toBe(source.context.failures + 1);
      if (source.context.lostAnswers > 0) expect(nameOf(target), name).toBe("authenticated");
      else if (/silence/.test(label)) expect(target.matches("refreshing"), name).toBe(true);
      else expect(nameOf(target), name).toBe("refreshing.askingAgain");
    }
    for (const { context } of where((state) => !state.matches("refreshing")))
      expect(context.lostAnswers).toBe(0);
  });

  it("degraded names a next try, unless the server has refused it; a signed-in person is never left without one", () => {
    const isStuck = ({ context: { session } }: Edge["source"]) =>
      session !== undefined && isGrantRefused(session) && !isPastProof(session);
    for (const state of where((each) => isStuck(each) && each.matches("authenticated")))
      expect(state.context.degraded).toMatchObject({ code: "sign_in_required", detail: "refused" });
    for (const state of where(({ context: { degraded } }) => degraded?.detail === "refused")) {
      expect(isStuck(state), nameOf(state)).toBe(true);
      expect(state.context.degraded).not.toHaveProperty("nextRetryAt");
    }
    const goesOn = ({ context: { degraded } }: Edge["source"]) =>
      degraded !== undefined && degraded.detail !== "refused";
    for (const { context } of where(goesOn)) {
      // After a silence it is made at once.
      const isNow = context.lostAnswers > 0 && context.degraded!.nextRetryAt === START;
      if (!isNow) expect(context.degraded?.nextRetryAt).toBeGreaterThan(START);
      const isOver = context.session !== undefined && isPastProof(context.session);
      expect(context.degraded!.nextRetryAt).toBeLessThan(START + HOUR + (isOver ? 1 : 0));
    }
  });

  it("what was refused in other words is marked while the lock is held, is not deleted, and is sent on purpose only", () => {
    const isMarked = ({ context: { session } }: Edge["source"]) =>
      session !== undefined && isGrantRefused(session);
    for (const { name, event, source, target } of into(
      ({ source }) => isMarked(source) && source.matches("authenticated"),
    ))
      if (target.matches("refreshing"))
        expect(event, `${name}, ${source.context.degraded?.code}`).toMatchObject({ isForced: true });
    for (const state of where((each) => isMarked(each) && runs("refreshSession")(each)))
      expect(state.context.isForced, nameOf(state)).toBe(true);
    for (const { name, source, target } of into(({ label }) => /refused in other words/.test(label)))
      // For another API it says nothing of the session.
      expect(nameOf(target), name).toBe(source.context.target ? "authenticated" : "refreshing.comparing");
    for (const state of where(runs("markSession"))) expect(runs("holdLock")(state), nameOf(state)).toBe(true);
    for (const { name, target } of into(({ label }) => label.startsWith("markSession:")))
      expect(nameOf(target), name).toBe("authenticated");
    for (const state of where((each) => !each.matches("refreshing")))
      expect(state.context.isForced).toBe(false);
  });

  it("a signed-in person with a refresh token waits for the next refresh", () => {
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

/** How the store is read in a state that reads it. */
function readingOf(state: Edge["source"]): StoreReading {
  return (state.children["readStore"]!.getSnapshot() as { readonly input: StoreReading }).input;
}

/** What the record that was read is to the session in memory, where the event is a reading. */
function storedIn({ context }: Edge["source"], event: object): ReturnType<typeof standingOf> | undefined {
  const { type, output } = event as { readonly type: string; readonly output?: unknown };
  if (type === "reviewed") {
    const { stored } = event as { readonly stored?: Stored };
    return stored && standingOf(stored, context.session);
  }
  return type === "xstate.done.actor.readStore" ? standingOf(output as Stored, context.session) : undefined;
}

/** Why a refresh may end in logged-out. */
function verdictOf(source: Edge["source"], event: object): string {
  const stored = storedIn(source, event);
  const { output, stored: reviewed } = event as { readonly output?: Stored; readonly stored?: Stored };
  if (stored === "gone")
    return (output ?? reviewed)?.lostSession === source.context.session?.id
      ? "answer_lost"
      : "signed_out_elsewhere";
  if (stored === "stranger") return "account_changed";
  const isJudged = source.matches({ refreshing: "judging" }) && (stored === "ours" || "error" in event);
  return isJudged ? String(source.context.reason?.code) : "no verdict";
}

function codeOf(event: object): string | undefined {
  const { error } = event as { readonly error?: unknown };
  return error instanceof RefreshFailure ? error.error.code : undefined;
}

function idOf({ source, label, target }: Edge): string {
  return [keyOf(source), label, keyOf(target)].join();
}

function nodesOf(node: AnyStateNode): readonly AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap((child) => nodesOf(child))];
}

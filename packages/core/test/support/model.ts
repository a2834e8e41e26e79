// What the machine may meet: every event that could come in each state, with payloads, and what tells one state from another.
import type { EventObject, SnapshotFrom } from "xstate";
import type { Attempt } from "../../src/oauth/sign-in-attempt.js";
import { AuthError, Secret, type RedirectResponse } from "../../src/index.js";
import type { authMachine } from "../../src/machine/machine.js";
import type { AuthEvent } from "../../src/machine/vocabulary.js";
import { createProof } from "../../src/oauth/proof.js";
import { RefreshFailure } from "../../src/oauth/refresh-request.js";
import { NEWER_VERSION } from "../../src/session/record-format.js";
import { isGrantRefused } from "../../src/session/refused-in-other-words.js";
import { isPastProof, type LiveSession } from "../../src/session/session.js";
import { HOUR, MINUTE } from "./world.js";

export type Snapshot = SnapshotFrom<typeof authMachine>;
interface ModelEvent {
  /** Names it among events of the same type. */
  readonly label: string;
  readonly event: AuthEvent;
}
export const START = 1_800_000_000_000;
/** Before the first retry of a refresh: one thing at a time. */
const SIGN_IN_TIMEOUT = 500;
const SIGN_OUT_TIMEOUT = MINUTE;
/** In every secret of the model, and in nothing else. */
export const MARK = "SECRET";

const secret = (name: string): Secret<string> => new Secret(`${name}-${MARK}`);

function session(id: string, tokens: { readonly access: boolean; readonly refresh: boolean }): LiveSession {
  const expiresAt = START + HOUR;
  return {
    id,
    generation: 1,
    view: {
      subject: "ada",
      scope: ["openid"],
      ...(tokens.access ? { accessTokenExpiresAt: expiresAt } : {}),
    },
    tokens: {
      idToken: secret("id"),
      ...(tokens.access ? { accessToken: secret("access") } : {}),
      ...(tokens.refresh ? { refreshToken: secret("refresh") } : {}),
    },
    ...(tokens.access && tokens.refresh ? { refreshDueAt: START + 55 * MINUTE } : {}),
  };
}

export const proof = createProof();
const redirectUri = "http://127.0.0.1:50000/callback";

function attempt(more: Partial<Attempt> = {}): Attempt {
  const flow = "auto";
  return {
    id: 1,
    deadline: START + SIGN_IN_TIMEOUT,
    openBrowser: true,
    flow,
    scope: "openid",
    isDefaultScope: false,
    authorizationParams: {},
    responseMode: "query",
    idTokenIssuers: [],
    proof,
    ...more,
  };
}

function redirect(parameters: Record<string, string>): Secret<RedirectResponse> {
  const url = new URL(redirectUri);
  url.search = new URLSearchParams({ state: proof.state.reveal(), ...parameters }).toString();
  return new Secret({ url, respond: async () => {} });
}

const server = {
  issuer: "https://id.example",
  authorization_endpoint: "https://id.example/authorize",
  token_endpoint: "https://id.example/token",
};
const serverWithDevices = { ...server, device_authorization_endpoint: "https://id.example/device" };
const fails = (code: ConstructorParameters<typeof AuthError>[0], detail?: string) =>
  new AuthError(code, `It was ${code}.`, detail === undefined ? {} : { detail });
const stray = { type: "strayed", stray: { reason: "wrong_path" } } as const;

/** What apps ask for, at any time. */
const COMMANDS: Readonly<Record<string, AuthEvent>> = {
  signIn: { type: "signIn", attempt: attempt() },
  "signIn without a browser": { type: "signIn", attempt: attempt({ openBrowser: false }) },
  "signIn with a code": { type: "signIn", attempt: attempt({ flow: "device" }) },
  "signIn again, more strongly": { type: "signIn", attempt: attempt({ flow: "loopback", maxAge: 0 }) },
  useDeviceCode: { type: "useDeviceCode" },
  cancel: { type: "cancel" },
  refresh: { type: "refresh" },
  "refresh, whatever was refused": { type: "refresh", isForced: true },
  "refresh, for another API": { type: "refresh", target: { resource: "https://api.example" } },
  wake: { type: "wake" },
  networkFailed: { type: "networkFailed" },
  changedElsewhere: { type: "changedElsewhere" },
  signOut: { type: "signOut", visits: true, timeoutMs: SIGN_OUT_TIMEOUT },
  "signOut without a visit": { type: "signOut", visits: false, timeoutMs: SIGN_OUT_TIMEOUT },
};

const full = { access: true, refresh: true };
const due = { access: false, refresh: true };
const short = { access: true, refresh: false };
const spent = { access: false, refresh: false };
const refusedOne = { ...session("one", due), refused: { generation: 1, error: "bad_refresh_token" } };
const three = session("three", full);
const bob = { ...three, view: { ...three.view, subject: "bob" } };
const stranger = { output: { session: bob } };

/** What each actor may report while it runs. An actor that is not here fails the model. */
const REPORTS: Readonly<Record<string, Readonly<Record<string, object>>>> = {
  // Session one is what a sign-in and a refresh yield; two is another sign-in of the same person.
  readStore: {
    "done with nothing": { output: {} },
    "done with nothing, one was lost": { output: { lostSession: "one" } },
    "done with one, due": { output: { session: session("one", due) } },
    "done with one, fresh": { output: { session: session("one", full) } },
    "done with one, refused": { output: { session: refusedOne } },
    "done with one, which cannot be renewed": { output: { session: session("one", short) } },
    "done with two, due": { output: { session: session("two", due) } },
    "done with two, fresh": { output: { session: session("two", full) } },
    "done with two, of no use": { output: { session: session("two", spent) } },
    "done with somebody else's": stranger,
    "done with a damaged record": { output: { corrupt: fails("record_corrupt", "damaged") } },
    "done with a newer version's": { output: { corrupt: fails("record_corrupt", NEWER_VERSION) } },
    "done with another machine's": { output: { copied: fails("sign_in_required", "another machine") } },
    "error store_unavailable": { error: fails("store_unavailable") },
  },
  reviewStored: {
    "reviewed, nothing is stored": { type: "reviewed", stored: {} },
    "reviewed, nothing is stored, one was lost": { type: "reviewed", stored: { lostSession: "one" } },
    "reviewed, one as it was": { type: "reviewed", stored: { session: session("one", full) } },
    "reviewed, two": { type: "reviewed", stored: { session: session("two", full) } },
    "reviewed, somebody else's": { type: "reviewed", stored: stranger.output },
    "reviewed, another machine's": {
      type: "reviewed",
      stored: { copied: fails("sign_in_required", "another machine") },
    },
    "reviewed, the store does not answer": { type: "reviewed", stored: undefined },
  },
  holdLock: {
    locked: { type: "locked" },
    lockFailed: { type: "lockFailed", error: fails("lock_timeout") },
    noteFailed: { type: "noteFailed", error: fails("lock_timeout", "ENOSPC") },
  },
  listenForRedirect: {
    listening: { type: "listening", redirectUri },
    strayed: stray,
    "redirected with a code": { type: "redirected", redirect: redirect({ code: `code-${MARK}` }) },
    "redirected with a denial": { type: "redirected", redirect: redirect({ error: "access_denied" }) },
    listenFailed: { type: "listenFailed", error: fails("port_unavailable") },
  },
  awaitDeadline: { deadlinePassed: { type: "deadlinePassed" } },
  probeKeeping: { done: { output: undefined }, error: { error: fails("store_unavailable") } },
  discoverServer: {
    done: { output: server },
    "done, it has device codes": { output: serverWithDevices },
    error: { error: fails("discovery_failed") },
  },
  requestDeviceCode: {
    done: {
      output: {
        deviceCode: secret("device"),
        userCode: "BDWP-HQPK",
        verificationUri: "https://id.example/device",
        expiresAt: START + MINUTE,
        intervalMs: 5_000,
      },
    },
    error: { error: fails("temporarily_unavailable") },
  },
  awaitApproval: {
    done: { output: session("one", full) },
    "done by somebody else": { output: bob },
    "error access_denied": { error: fails("access_denied") },
    "error timed_out": { error: fails("timed_out") },
  },
  buildRequest: {
    done: { output: { url: "https://id.example/authorize?client_id=app", urlExpiresAt: START + MINUTE } },
    error: { error: fails("unsupported_by_server") },
  },
  keepRequestFresh: {
    requestRenewed: {
      type: "requestRenewed",
      request: { url: "https://id.example/authorize?client_id=app&request_uri=urn:2" },
    },
  },
  openBrowser: { done: { output: undefined }, error: { error: fails("browser_failed") } },
  answerBrowser: {},
  redeemCode: {
    "done with a refresh token": { output: session("one", full) },
    "done without a refresh token": { output: session("one", short) },
    "done by somebody else": { output: bob },
    error: { error: fails("authorization_failed") },
  },
  saveUnderLock: { done: { output: undefined }, error: { error: fails("store_unavailable") } },
  saveSession: { done: { output: undefined }, error: { error: fails("store_unavailable") } },
  markSession: { done: { output: undefined }, error: { error: fails("store_unavailable") } },
  awaitRefresh: { refreshDue: { type: "refreshDue" }, timerLate: { type: "timerLate" } },
  checkPath: { done: { output: undefined }, error: { error: fails("temporarily_unavailable", "timeout") } },
  prepareSave: { done: { output: undefined }, error: { error: fails("store_unavailable") } },
  refreshSession: {
    done: { output: { session: session("one", full) } },
    "done, but only its refresh token was taken": {
      output: { session: session("one", full), refused: fails("id_token_invalid") },
    },
    "done, and nothing shows any more whose it is": {
      output: {
        session: { ...session("one", full), subjectInDoubt: true, answersInDoubt: 3 },
        refused: fails("id_token_invalid"),
      },
    },
    "error session_ended": { error: new RefreshFailure(fails("session_ended"), "answered") },
    "error, refused in other words": { error: new RefreshFailure(fails("sign_in_required"), "answered") },
    "error answer_lost": { error: new RefreshFailure(fails("answer_lost"), "answered") },
    "error, nothing was sent": { error: new RefreshFailure(fails("temporarily_unavailable"), "unsent") },
    "error, reset": { error: new RefreshFailure(fails("temporarily_unavailable", "ECONNRESET"), "lost") },
    "error, a gateway's": { error: new RefreshFailure(fails("temporarily_unavailable", "502"), "lost") },
    "error, silence": { error: new RefreshFailure(fails("temporarily_unavailable", "timeout"), "silent") },
    "error id_token_invalid": { error: new RefreshFailure(fails("id_token_invalid"), "answered") },
    "error that nobody foresaw": { error: new TypeError("a bug") },
  },
  clearStore: { done: { output: undefined }, error: { error: fails("store_unavailable") } },
  revokeTokens: {
    done: { output: "done" },
    unsupported: { output: "unsupported" },
    error: { error: fails("temporarily_unavailable") },
    "error discovery_failed": { error: fails("discovery_failed") },
  },
  visitEndSession: {
    strayed: stray,
    visitReady: { type: "visitReady", url: "http://127.0.0.1:50000/start-x" },
    visitFailed: { type: "visitFailed", error: new AuthError("port_unavailable", "no port") },
    "visitEnded done": { type: "visitEnded", endSession: "done" },
    "visitEnded failed": { type: "visitEnded", endSession: "failed" },
    "visitEnded unsupported": { type: "visitEnded", endSession: "unsupported" },
  },
};

const ALL: readonly (ModelEvent & { readonly actor?: string })[] = [
  ...Object.entries(COMMANDS).map(([label, event]) => ({ label, event })),
  ...Object.entries(REPORTS).flatMap(([actor, reports]) =>
    Object.entries(reports).map(([label, report]) => ({
      actor,
      label: `${actor}: ${label}`,
      event: toEvent(actor, report),
    })),
  ),
];
const LABELS = new Map<EventObject, string>(ALL.map(({ event, label }) => [event, label]));

function toEvent(actor: string, report: object): AuthEvent {
  if ("type" in report) return report as AuthEvent;
  const type = `xstate.${"error" in report ? "error" : "done"}.actor.${actor}`;
  return { type, actorId: actor, ...report } as unknown as AuthEvent;
}

/** When `awaitRefresh` reports, if ever: after a failure the next try, else when the token is due. */
export function refreshDueAt({ context }: Snapshot): number | undefined {
  if (context.degraded) return context.degraded.nextRetryAt;
  return isAtRest(context) ? undefined : context.session?.refreshDueAt;
}

/** Its token has run out, and nobody has asked for one. */
function isAtRest({ session, resting }: Snapshot["context"]): boolean {
  return session !== undefined && resting === `${session.id} ${session.generation}`;
}

/** What could come in a state: what apps ask for, and what the actors that run there may report. */
export function candidatesOf({ children }: Snapshot): readonly AuthEvent[] {
  for (const id of Object.keys(children))
    if (!Object.hasOwn(REPORTS, id)) throw new Error(`The model does not know what "${id}" reports`);
  return ALL.filter(({ actor }) => actor === undefined || actor in children).map(({ event }) => event);
}

/** Whether it can come there indeed: what no world would bring is left out. */
export function mayCome(snapshot: Snapshot, event: AuthEvent): boolean {
  // Whoever is there first is Ada.
  if ("output" in event && event.output === stranger.output && snapshot.matches("restoring")) return false;
  // Only then is there something to note.
  if (event.type === "noteFailed" && !snapshot.matches({ refreshing: "requesting" })) return false;
  // The look is the whole sign-in's: one place in it stands for all.
  if (event.type === "changedElsewhere" && snapshot.matches("awaiting-callback"))
    return snapshot.matches({ "awaiting-callback": "waiting" });
  // And goes on for what ends it.
  if (snapshot.context.attempt?.isLooking && !/^(reviewed|cancel|redirected)$/.test(event.type)) return false;
  // Told when it was asked; and whoever is there first is Ada.
  if (event.type === "reviewed" && !snapshot.context.attempt?.isLooking) return false;
  if (event.type === "reviewed" && event.stored === stranger.output && !snapshot.context.session)
    return false;
  // What was never pushed is not pushed again.
  if (event.type === "requestRenewed" && !snapshot.context.attempt?.urlExpiresAt) return false;
  if (/^(refreshDue|timerLate)$/.test(event.type) && refreshDueAt(snapshot) === undefined) return false;
  return snapshot.can(event);
}

export function eventsOf(snapshot: Snapshot): readonly AuthEvent[] {
  return candidatesOf(snapshot).filter((event) => mayCome(snapshot, event));
}

const BEFORE_SENDING = [
  { refreshing: "locking" },
  { refreshing: "reconciling" },
  { refreshing: "checkingPath" },
  { refreshing: "preparing" },
  { refreshing: "requesting" },
  { refreshing: "askingAgain" },
] as const;

/** What matters of a state: its value, and which facts are known. */
export function keyOf(snapshot: Snapshot): string {
  const { value, context } = snapshot;
  const { attempt, session, candidate, degraded, reason, failure, isUnread, signOut } = context;
  // Where a request may be ahead: after one the path and what was lost are another matter.
  const isAhead = snapshot.matches("authenticated") || BEFORE_SENDING.some((name) => snapshot.matches(name));
  // One session stands for all.
  const isOne = isAhead && session?.id === "one";
  const isInDoubt = isOne && context.isPathInDoubt;
  const kind = (live: LiveSession | undefined) =>
    live && {
      id: live.id,
      keys: Object.keys(live.tokens),
      isPastProof: isPastProof(live),
      isRefused: isGrantRefused(live),
    };
  return JSON.stringify({
    value,
    attempt: attempt && {
      facts: Object.keys(attempt),
      openBrowser: attempt.openBrowser,
      flow: attempt.flow,
      in: attempt.browser,
      offers: attempt.server?.device_authorization_endpoint,
    },
    // Signing in, it matters only whether there is one to come back to; signing out, whether it is the stored one.
    session: attempt ? session !== undefined : signOut ? session?.id : kind(session),
    candidate: kind(candidate),
    degraded: !attempt && !signOut && degraded !== undefined,
    isInDoubt,
    isForced: context.isForced,
    isAtRest: isAtRest(context),
    target: context.target,
    // Only whoever has no token goes on without a check, and not at once.
    checks:
      isInDoubt && context.lostAnswers === 0 && !session.tokens.accessToken && Math.min(context.failures, 3),
    lostAnswers: isOne && context.lostAnswers,
    reason: reason?.code,
    failure: failure?.code,
    isUnread,
    signOut: signOut && {
      visits: signOut.visits,
      spares: signOut.sparesStored,
      result: signOut.result,
      url: signOut.url,
    },
  });
}

export function labelOf(event: EventObject): string {
  return LABELS.get(event) ?? event.type;
}

/** `awaiting-callback.waiting` */
export function nameOf({ value }: Pick<Snapshot, "value">): string {
  return typeof value === "string" ? value : Object.entries(value).flat().join(".");
}

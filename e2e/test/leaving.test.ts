// Every way out of every state of a sign-in, in a process of its own: nothing stays behind that would keep it alive.
import { signInByHttp } from "@loopkey/example-identity-provider";
import { describe, expect, it } from "vitest";
import type { Left, LeaveOrder } from "../programs/leave.js";
import { startServer } from "./support/app.js";
import { startProgram, type Program } from "./support/program.js";
import { isListening, redirectOf, takePort } from "./support/redirect.js";
import { startStuckServer, type StuckServerOptions } from "./support/stuck-server.js";

/** Longer than a test may take: a timer or request that is left behind fails the test. */
const NEVER_MS = 3_600_000;
/** Long enough to reach the state first, also on a busy machine. */
const SOON_MS = 2_000;

type StateToLeave = "preparing" | "waiting" | "exchanging";

const DISCOVERY = "/.well-known/openid-configuration";
const TOKEN = "/token";

interface Entered {
  readonly url?: string;
  readonly redirectUri: string;
}

interface Case {
  readonly way: string;
  readonly outcome: string;
  readonly by?: LeaveOrder["by"];
  readonly signInTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
  readonly stuck?: StuckServerOptions["with"];
}

const bySelf: readonly Case[] = [
  { way: "cancel()", by: "cancel", outcome: "cancelled" },
  { way: "the signal of signIn()", by: "abort", outcome: "cancelled" },
  { way: "close()", by: "close", outcome: "closed" },
];
const personTooSlow: Case = {
  way: "the person's time running out",
  signInTimeoutMs: SOON_MS,
  outcome: "timed_out",
};
const serverTooSlow: Case = {
  way: "the server's time running out",
  requestTimeoutMs: SOON_MS,
  outcome: "temporarily_unavailable",
};
const serverHangsUp: Case = {
  way: "the server hanging up",
  stuck: "hang-up",
  outcome: "temporarily_unavailable",
};

describe("preparing, with a server that does not answer", () => {
  it.each([...bySelf, personTooSlow, { ...serverTooSlow, outcome: "discovery_failed" }])(
    "is left by %s with nothing left behind",
    async (how) => {
      const server = await startStuckServer({ at: DISCOVERY });
      const program = start({ issuer: server.origin, clientId: "app" }, how);
      await program.said("preparing");
      await server.requested(DISCOVERY);
      program.tell("leave");
      await expectLeft(program, { outcome: how.outcome, status: statusAfter(how, "preparing") });
    },
  );
});

describe("waiting for the person", () => {
  it.each(named([...bySelf, personTooSlow]))("is left by %s with nothing left behind", async (_, how) => {
    const program = start(await startServer(), how);
    const { redirectUri } = await program.said<Entered>("waiting");
    // Not for those whose time is running: they may have left already.
    if (how.by) expect(await isListening(new URL(redirectUri))).toBe(true);
    program.tell("leave");
    await expectLeft(program, { outcome: how.outcome, status: statusAfter(how, "waiting") });
  });

  it("is left by the person's refusal with nothing left behind", async () => {
    const server = await startServer();
    const program = start(server, { way: "", outcome: "" });
    const { url } = await program.said<Entered>("waiting");
    const redirect = await signInByHttp(url!, { ...server.account, decision: "deny" });
    const answer = await fetch(redirect);
    expect(await answer.text()).toContain("Access was not allowed");
    await expectLeft(program, { outcome: "access_denied", status: "idle" });
  });

  it("gives its port back when the process is killed", async () => {
    const program = start(await startServer(), { way: "", by: "cancel", outcome: "" });
    const { redirectUri } = await program.said<Entered>("waiting");
    const redirect = new URL(redirectUri);
    expect(await isListening(redirect)).toBe(true);
    program.kill("SIGKILL");
    expect(await program.ended).toMatchObject({ code: null, signal: "SIGKILL" });
    expect(await isListening(redirect)).toBe(false);
    expect(await takePort(Number(redirect.port))).toBe(Number(redirect.port));
  });
});

describe("exchanging, with a token endpoint that does not answer", () => {
  it.each(named([...bySelf, serverTooSlow, serverHangsUp]))(
    "is left by %s with nothing left behind, and the browser is told",
    async (_, how) => {
      const server = await startStuckServer({ at: TOKEN, ...(how.stuck ? { with: how.stuck } : {}) });
      const program = start({ issuer: server.origin, clientId: "app" }, how);
      const { url, redirectUri } = await program.said<Entered>("waiting");
      const answering = fetch(redirectOf(url!, { code: "code" }));
      await program.said("exchanging");
      await server.requested(TOKEN);
      expect(await isListening(new URL(redirectUri))).toBe(false);
      program.tell("leave");
      await expectLeft(program, { outcome: how.outcome, status: statusAfter(how, "exchanging") });
      const answer = await answering;
      expect(answer.status).toBe(400);
      expect(await answer.text()).toContain('<h1 dir="auto">You are not signed in</h1>');
    },
  );
});

describe("authenticated", () => {
  it.each(
    named([
      { way: "close()", by: "close", outcome: "signed in" },
      { way: "nothing at all", outcome: "signed in" },
    ]),
  )("ends the process after %s: being signed in keeps nothing open", async (_, how) => {
    const server = await startServer();
    const program = start(server, how);
    const { url } = await program.said<Entered>("waiting");
    const answer = await fetch(await signInByHttp(url!, server.account));
    expect(await answer.text()).toContain("You are signed in");
    await program.said("authenticated");
    program.tell("leave");
    await expectLeft(program, { outcome: "signed in", status: "authenticated" });
  });
});

/** With the way as text for the test's name. */
function named(cases: readonly Case[]): [string, Case][] {
  return cases.map((how) => [how.way, how]);
}

function start(
  { issuer, clientId }: { readonly issuer: string; readonly clientId: string },
  { by, signInTimeoutMs = NEVER_MS, requestTimeoutMs = NEVER_MS }: Case,
): Program {
  const order: LeaveOrder = {
    issuer,
    clientId,
    signInTimeoutMs,
    requestTimeoutMs,
    ...(by ? { by } : {}),
  };
  return startProgram("leave", { order });
}

/** A closed client stays at the state it was closed in. */
function statusAfter({ by }: Case, state: StateToLeave): string {
  if (by !== "close") return "idle";
  return state === "preparing" || state === "waiting" ? "awaiting-callback" : state;
}

async function expectLeft(
  program: Program,
  expected: Pick<Left, "outcome"> & { status: string },
): Promise<void> {
  const left = await program.said<Left>("left");
  expect(left).toEqual({ type: "left", ...expected, listening: false, resources: [] });
  expect(await program.ended).toEqual({ code: 0, signal: null, stderr: "" });
}

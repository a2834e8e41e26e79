// What must be true of each request to a listener, and what was made of it.
import type { StrayReason, StrayRequest } from "@loopkey/core";
import type { Outcome } from "./listener-client.js";
import type { Attack } from "./listener-requests.js";
import type { ListenerAnswer } from "./listener-worker.js";

/** Which answers each reason may have. */
const STATUSES: Readonly<Record<StrayReason, readonly number[]>> = {
  wrong_path: [404],
  wrong_state: [400],
  wrong_method: [405],
  wrong_host: [400],
  not_navigation: [404],
  malformed_request: [400, 417],
  too_large: [431],
  too_slow: [408],
  crowded_out: [],
  pipelined: [],
};

/** Whoever goes on to send as much is cut off, and may lose the answer. */
const PATIENCE_BYTES = 250_000;

export interface Rules {
  /** Rejects, with what was broken, unless everything held. `before`: how many had signed in. */
  check(attack: Attack, outcome: Outcome, after: ListenerAnswer, before: number): void;
  readonly answersByStatus: ReadonlyMap<string, string>;
}

export function createRules(): Rules {
  // Each status has one answer, to the byte: it can repeat nothing of a request.
  const answersByStatus = new Map<string, string>();

  function checkRefused(attack: Attack, outcome: Outcome, strays: readonly StrayRequest[]): void {
    const { answer, sentBytes, failure = "closed" } = outcome;
    const { delivery } = attack;
    const isGone = delivery.how === "reset" || (delivery.how === "cut" && delivery.ending === "reset");
    const [first, second, third] = strays;
    if (!first) {
      if (!isGone && sentBytes > 0) broken(`it was not reported (${failure})`);
      if (answer !== "") broken("it was answered, and not reported");
      return;
    }
    if (!(first.reason in STATUSES)) broken(`its reason is "${first.reason}"`);
    if (third || (second && second.reason !== "pipelined")) broken("it was reported more than once");
    for (const { detail = "" } of strays) {
      if (!/^[\x20-\x7e]{0,120}$/.test(detail)) broken(`its detail is ${JSON.stringify(detail)}`);
      if (/code|callback\?/.test(detail)) broken(`its detail shows the query: ${detail}`);
    }
    if (answer === "") {
      if (!isGone && sentBytes < PATIENCE_BYTES) broken("it was not answered");
      return;
    }
    const [, status = ""] = /^HTTP\/1\.1 (4\d\d) /.exec(answer) ?? broken("its answer is no refusal");
    if (!STATUSES[first.reason].includes(Number(status)))
      broken(`${first.reason} was answered with ${status}`);
    const kind = `${status} ${answer.endsWith("\r\n\r\n") ? "head" : "whole"}`;
    const usual = answersByStatus.get(kind);
    if (usual === undefined) answersByStatus.set(kind, checkAnswer(answer));
    // A connection that is cut in the middle may lose the end of it.
    else if (answer !== usual) broken("its answer is not the one that others get");
  }

  return {
    answersByStatus,
    check(attack, outcome, after, before) {
      if (!outcome.isClosed) broken("its connection was left open");
      const signedIn = after.signedIn - before;
      if (!attack.isGood) {
        if (after.status !== "awaiting-callback" || signedIn > 0)
          broken(`it ended the wait: ${after.status}`);
        return checkRefused(attack, outcome, after.strays);
      }
      if (!/^HTTP\/1\.1 200 OK\r\n[^]*You are signed in/.test(outcome.answer))
        broken("the good one got no page");
      if (after.status !== "authenticated") broken(`the good one did not sign in: ${after.status}`);
      if (after.strays.some(({ reason }) => reason !== "pipelined") || after.strays.length > 1)
        broken("the good one was reported as a stray");
    },
  };
}

const ON_EVERY_ANSWER = [
  "Cache-Control: no-store",
  "Connection: close",
  "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
  "Cross-Origin-Opener-Policy: same-origin",
  "Cross-Origin-Resource-Policy: same-origin",
  "Referrer-Policy: no-referrer",
  "X-Content-Type-Options: nosniff",
  "X-Frame-Options: DENY",
];

/** The first of its kind. */
function checkAnswer(answer: string): string {
  for (const line of ON_EVERY_ANSWER)
    if (!answer.includes(`\r\n${line}\r\n`)) broken(`its answer has no "${line}"`);
  if (/access-control|location|set-cookie|server:/i.test(answer)) broken("its answer has a field too many");
  if (answer.length > 500) broken("its answer is long");
  return answer;
}

function broken(what: string): never {
  throw new Error(what);
}

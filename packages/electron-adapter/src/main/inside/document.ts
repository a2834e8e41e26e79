// One document, served on its one port. What it began and is of no use without it ends when the port closes.
// Which documents are served: `main/serve-auth.ts`.
import { AuthError, type AuthClient, type AuthState } from "@loopkey/core";
import * as v from "valibot";
import { toErrorData } from "../../error-data.js";
import {
  callHead,
  documentMessage,
  type Command,
  type FetchAnswer,
  type FetchRequest,
  type MainMessage,
} from "../../protocol.js";
import type { Port } from "../electron.js";
import type { CheckRequest } from "./fetch-rules.js";
import type { Refusal } from "./refusals.js";
import { tooManySignIns, type TakeSignIn } from "./sign-in-budget.js";
import { runCommand, whyNot } from "./window-commands.js";
import { serveFetch, type WindowFetch } from "./window-fetch.js";
import type { View } from "./window-state.js";

const MOST_FETCHES = 64;
const MOST_CALLS = 16;
const SIGNING_IN: ReadonlySet<AuthState["status"]> = new Set(["awaiting-callback", "exchanging"]);
/** More than a mistake makes. */
const MOST_REFUSALS = 100;

export interface DocumentOptions {
  readonly port: Port;
  readonly client: AuthClient;
  readonly view: View;
  readonly check: CheckRequest;
  readonly takeSignIn: TakeSignIn;
  /** The state as a window may see it. */
  readonly state: () => AuthState;
  readonly refuse: (code: Refusal["code"], detail?: string) => void;
  /** The network is back, as the document says. */
  readonly onOnline: () => void;
  readonly onEnd: () => void;
}

export interface ServedDocument {
  /** The state has changed. */
  tell(state: AuthState): void;
  /** Ends what goes on with the person's token. */
  endFetches(error: AuthError): void;
  /** Serves it no more. */
  end(error: AuthError): void;
}

export function serveDocument(options: DocumentOptions): ServedDocument {
  const { port, client, view, check, takeSignIn, state, onOnline, onEnd } = options;
  const calls = new Map<number, AbortController>();
  const fetches = new Set<WindowFetch>();
  let isSubscribed = false;
  let isOver = false;
  let refusals = 0;

  port.on("message", ({ data, ports }) => {
    if (isOver) return;
    const { success, output } = v.safeParse(documentMessage, data, { abortEarly: true });
    if (success && output.type === "fetch" && ports.length === 1)
      return beginFetch(output.request, ports[0]!);
    if (!success || output.type === "fetch" || ports.length > 0) return refuseMalformed(data, ports);
    switch (output.type) {
      case "subscribe":
        return subscribe();
      case "call":
        return call(output.id, output.command);
      case "abort":
        // One that has been answered meanwhile is no mistake.
        return calls.get(output.id)?.abort(new AuthError("cancelled", "The call was aborted by its signal."));
      case "online":
        return onOnline();
    }
  });
  port.on("close", finish);
  port.start();

  function post(message: MainMessage): void {
    if (!isOver) port.postMessage(message);
  }

  function refuse(code: Refusal["code"], detail?: string): void {
    if (isOver) return;
    options.refuse(code, detail);
    if (++refusals < MOST_REFUSALS) return;
    options.refuse("cut_off");
    end(new AuthError("closed", "This window was refused too often."));
  }

  /** Whoever waits for an answer gets one. */
  function refuseMalformed(data: unknown, ports: readonly Port[]): void {
    for (const stray of ports) decline(stray, malformed());
    const { success, output } = v.safeParse(callHead, data);
    if (success && !calls.has(output.id))
      post({ type: "failure", id: output.id, error: toErrorData(malformed()) });
    refuse("malformed");
  }

  function subscribe(): void {
    if (isSubscribed) return refuse("too_many", "a second subscription");
    isSubscribed = true;
    post({ type: "state", state: state() });
  }

  function call(id: number, command: Command): void {
    const fail = (error: unknown): void => post({ type: "failure", id, error: toErrorData(error) });
    if (calls.has(id)) return refuse("malformed");
    if (calls.size === MOST_CALLS) {
      fail(tooMany("calls", MOST_CALLS));
      return refuse("too_many", "calls");
    }
    const forbidden = whyNot(command, view);
    if (forbidden) {
      fail(forbidden);
      return refuse("not_allowed", command.name);
    }
    // One that is joined opens nothing.
    if (command.name === "signIn" && !SIGNING_IN.has(client.getState().status) && !takeSignIn()) {
      fail(tooManySignIns());
      return refuse("too_many", "sign-ins");
    }
    const abort = new AbortController();
    calls.set(id, abort);
    // A sign-in goes on when its window is gone: the person is at the browser.
    void runCommand(client, command, view, abort.signal)
      .then((value) => post({ type: "answer", id, value }), fail)
      .finally(() => calls.delete(id));
  }

  function beginFetch(request: FetchRequest, its: Port): void {
    if (fetches.size === MOST_FETCHES) {
      decline(its, tooMany("requests", MOST_FETCHES));
      return refuse("too_many", "fetches");
    }
    const running = serveFetch({
      port: its,
      request,
      client,
      check,
      refuse,
      onEnd: () => fetches.delete(running),
    });
    fetches.add(running);
  }

  function endFetches(error: AuthError): void {
    for (const running of fetches) running.end(error);
  }

  function end(error: AuthError): void {
    post({ type: "closed", error: toErrorData(error) });
    finish();
  }

  function finish(): void {
    if (isOver) return;
    isOver = true;
    isSubscribed = false;
    endFetches(new AuthError("closed", "The window is not served any more."));
    port.close();
    onEnd();
  }

  return {
    tell: (next) => {
      if (isSubscribed) post({ type: "state", state: next });
    },
    endFetches,
    end,
  };
}

function decline(port: Port, error: AuthError): void {
  const answer: FetchAnswer = { type: "failure", error: toErrorData(error) };
  port.postMessage(answer);
  port.close();
}

function malformed(): AuthError {
  return new AuthError(
    "invalid_config",
    "That is nothing a window may ask for: too long, or of the wrong kind.",
    {
      detail: "malformed",
    },
  );
}

function tooMany(what: string, most: number): AuthError {
  return new AuthError("temporarily_unavailable", `A window may have ${most} ${what} at once.`, {
    detail: "too_many",
    hint: "Wait for one of them to end.",
  });
}

// The one port of a document: the states that come in on it, the calls that go out.
import { AuthError, type AuthState } from "@loopkey/core";
import { fromErrorData } from "../../error-data.js";
import type { Command, CommandResult, DocumentMessage, MainMessage } from "../../protocol.js";
import { BRIDGE, HANDOVER, type Bridge } from "../../wire.js";
import type { BeginFetch } from "./window-fetch.js";

/** What of a page's `window` is used. */
export interface PageWindow {
  readonly [BRIDGE]?: Bridge;
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  removeEventListener(type: "message", listener: (event: MessageEvent) => void): void;
}

export interface Connection {
  readonly getState: () => AuthState;
  readonly subscribe: (listener: (state: AuthState) => void) => () => void;
  readonly ready: () => Promise<AuthState>;
  readonly call: <Name extends Command["name"]>(
    command: Extract<Command, { readonly name: Name }>,
    signal?: AbortSignal,
  ) => Promise<CommandResult[Name]>;
  readonly begin: BeginFetch;
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** Until the first state has come. */
const UNKNOWN: AuthState = { status: "restoring", store: { kind: "unknown", persistent: true }, can: [] };

export function connect(window: PageWindow): Connection {
  const listeners = new Set<(state: AuthState) => void>();
  const calls = new Map<number, Waiting>();
  const begun: { message: DocumentMessage; ports: MessagePort[] }[] = [];
  let port: MessagePort | undefined;
  let state = UNKNOWN;
  let lastId = 0;
  let failure: Error | undefined;
  const settled: (() => void)[] = [];

  requestPort(window, (its) => {
    port = its;
    port.addEventListener("message", ({ data }: MessageEvent<MainMessage>) => hear(data));
    port.start();
    port.postMessage({ type: "subscribe" } satisfies DocumentMessage);
    for (const { message, ports } of begun.splice(0)) port.postMessage(message, ports);
  });

  function hear(message: MainMessage): void {
    switch (message.type) {
      case "state":
        return publish(message.state);
      case "answer":
        return take(message.id)?.resolve(message.value as never);
      case "failure":
        return take(message.id)?.reject(fromErrorData(message.error));
      case "closed":
        failure = fromErrorData(message.error);
        for (const { reject } of calls.values()) reject(failure);
        calls.clear();
        return publish({ ...state, can: [] });
    }
  }

  function publish(next: AuthState): void {
    state = next;
    if (failure || state.status !== "restoring") for (const settle of settled.splice(0)) settle();
    for (const listener of listeners) callPage(() => listener(next));
  }

  function take(id: number): Waiting | undefined {
    const waiting = calls.get(id);
    calls.delete(id);
    return waiting;
  }

  function post(message: DocumentMessage, ports: MessagePort[] = []): void {
    if (port) port.postMessage(message, ports);
    else begun.push({ message, ports });
  }

  return {
    getState: () => state,
    subscribe(listener) {
      // A function of its own for each subscription: the same listener may be given twice.
      const own = (next: AuthState): void => listener(next);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    async ready() {
      if (!failure && state.status === "restoring")
        await new Promise<void>((resolve) => settled.push(resolve));
      if (failure) throw failure;
      return state;
    },
    async call(command, signal) {
      if (failure) throw failure;
      if (signal?.aborted) throw new AuthError("cancelled", "The call was aborted by its signal.");
      const id = lastId++;
      const abort = (): void => post({ type: "abort", id });
      signal?.addEventListener("abort", abort, { once: true });
      return new Promise<never>((resolve, reject) => {
        calls.set(id, { resolve, reject });
        post({ type: "call", id, command });
      }).finally(() => {
        calls.delete(id);
        signal?.removeEventListener("abort", abort);
      });
    },
    begin(request, fetchPort) {
      if (failure) throw failure;
      post({ type: "fetch", request }, [fetchPort]);
    },
  };
}

function requestPort(window: PageWindow, take: (port: MessagePort) => void): void {
  const onMessage = (event: MessageEvent): void => {
    const [port] = event.ports;
    // Frames may send messages to this window too.
    if (event.source !== (window as unknown) || event.data !== HANDOVER || !port) return;
    window.removeEventListener("message", onMessage);
    take(port);
  };
  window.addEventListener("message", onMessage);
  const bridge = window[BRIDGE];
  if (bridge?.connect()) return;
  window.removeEventListener("message", onMessage);
  throw new AuthError(
    "invalid_config",
    bridge ? "This page has its port already." : "This window has no preload of Loopkey.",
    {
      detail: "preload",
      hint: bridge
        ? "Call connectAuth once, and keep what it gives."
        : "Give the window webPreferences.preload: preloadPath, or call exposeAuth in the preload it has.",
    },
  );
}

/** A listener that throws must not keep the others from being called; its error stays loud. */
function callPage(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

// A live view of a running machine, in development: a page on this machine that lights up with each step.
import { actorOf } from "@loopkey/core/machine";
import type { AuthClient } from "@loopkey/core";
import { follow, type WatchedActor } from "./inside/follow.js";
import { createPage } from "./inside/page.js";
import { servePage } from "./inside/server.js";

export type { WatchedActor };

export interface WatchOptions {
  /** Also where `NODE_ENV` is neither `development` nor `test`. @default false */
  readonly force?: boolean;
  /** Whether the process stays for the page. @default false */
  readonly keepAlive?: boolean;
  /** @default one that is free */
  readonly port?: number;
  /** Stands above the chart. @default "Loopkey" */
  readonly title?: string;
}

/** A view that is open. */
export interface Watching {
  /** Where to look. It holds a secret: whoever has it sees the steps. */
  readonly url: string;
  /** Resolves when a page looks on; never, where nobody does. */
  readonly seen: Promise<void>;
  /** Ends the view; it ends by itself when the client is closed. */
  close(): Promise<void>;
}

/**
 * Serves a page on 127.0.0.1 that shows what a client does, while it does it: the statechart, each step with where it is written
 * down, and what is open now. Undefined, with nothing started, unless `NODE_ENV` is `development` or `test`, or it is forced: the
 * line may stay in the program.
 *
 * The page is told names of states, events and actors, and codes of errors: no token, address or claim. It answers at an address
 * with a secret in it alone, to this Host and to no page of another origin. Beside a client it takes any running actor of XState 5.
 *
 * Rejects with Node's error (`EADDRINUSE`) when it cannot listen, and with a TypeError for what is neither.
 *
 * @example
 * ```ts
 * const client = createAuthClient(
 *   { issuer: "https://id.example.com", clientId: "notes" },
 *   createNodePorts({ appName: "Example Notes" }),
 * );
 * const watching = await watchAuth(client);
 * if (watching) process.stderr.write(`Look on at ${watching.url}\n`);
 * ```
 */
export async function watchAuth(
  target: AuthClient | WatchedActor,
  options: WatchOptions = {},
): Promise<Watching | undefined> {
  const { force = false, keepAlive = false, port = 0, title = "Loopkey" } = options;
  if (!force && !["development", "test"].includes(process.env["NODE_ENV"] ?? "")) return undefined;
  const actor: WatchedActor = isActor(target) ? target : actorOf(target);
  const { machine } = actor.getSnapshot() as { readonly machine?: Parameters<typeof createPage>[1] };
  const server = await servePage(createPage(title, machine), { port, keepAlive });

  const stop = follow(actor, server.send, () => void close());
  let closing: Promise<void> | undefined;
  function close(): Promise<void> {
    closing ??= (stop(), server.send({ end: true }), server.close());
    return closing;
  }
  return { url: server.url, seen: server.seen, close };
}

function isActor(target: AuthClient | WatchedActor): target is WatchedActor {
  return "system" in target && "getSnapshot" in target;
}

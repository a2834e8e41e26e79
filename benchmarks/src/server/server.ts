// The token server, as whoever starts it sees it.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { TokenAnswer } from "./grants.js";

export interface ServerOptions {
  /** How long an access token is good for. */
  readonly tokenSeconds: number;
  /** Over TLS, with a network in between; without it plain http. */
  readonly tls?: {
    readonly key: string;
    readonly certificate: string;
    readonly roundTripMs: number;
  };
}

export type ServerQuestion =
  | { readonly ask: "begin"; readonly clientId: string }
  /** What came since it was asked last. */
  | { readonly ask: "traffic" };

export interface Traffic {
  readonly connections: number;
  /** How often each path was asked for. */
  readonly requests: Readonly<Record<string, number>>;
  /** Sessions that ended for a refresh token that came twice; since the start. */
  readonly ended: number;
}

export interface TokenServer {
  readonly issuer: string;
  begin(clientId: string): Promise<TokenAnswer>;
  traffic(): Promise<Traffic>;
  stop(): Promise<void>;
}

export async function startTokenServer(options: ServerOptions): Promise<TokenServer> {
  const program = fileURLToPath(new URL("../../dist/server/program.js", import.meta.url));
  const child = fork(program, [JSON.stringify(options)], { execArgv: [] });
  const [{ issuer }] = (await once(child, "message")) as [{ issuer: string }];
  let turn: Promise<unknown> = Promise.resolve();

  function ask<T>(question: ServerQuestion): Promise<T> {
    const answered = turn.then(async () => {
      child.send(question);
      return (await once(child, "message"))[0] as T;
    });
    turn = answered;
    return answered;
  }

  return {
    issuer,
    begin: (clientId) => ask({ ask: "begin", clientId }),
    traffic: () => ask({ ask: "traffic" }),
    async stop() {
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
    },
  };
}

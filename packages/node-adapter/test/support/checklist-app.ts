// An app on the real ports for Node, the fake server on real sockets, and a browser that does nothing by itself.
import {
  createAuthClient,
  type AuthClient,
  type AuthConfig,
  type AuthState,
  type Notice,
} from "@loopkey/core";
import { onTestFinished } from "vitest";
import { createNodePorts } from "../../src/index.js";
import {
  startFakeServer,
  type RunningFakeServer,
  type StartFakeServerOptions,
} from "../../src/testing/index.js";
import { get, rawClient } from "./raw-client.js";

export interface App {
  readonly client: AuthClient;
  readonly server: RunningFakeServer;
  readonly notices: readonly Notice[];
  /** The first state, now or later, that holds. */
  reached(holds: (state: AuthState) => boolean): Promise<AuthState>;
  /** Begins to sign in; where the server would send the browser back to, and how it ends. */
  begin(): Promise<{
    readonly asked: URLSearchParams;
    readonly redirect: URL;
    readonly done: Promise<unknown>;
  }>;
  /** Signs somebody in. */
  signIn(): Promise<void>;
}

export interface AppOptions {
  readonly config?: Partial<AuthConfig>;
  readonly server?: StartFakeServerOptions;
}

type More = (server: RunningFakeServer) => Partial<AuthConfig>;

let everywhere: { readonly server: StartFakeServerOptions; readonly config: More } = {
  server: {},
  config: () => ({}),
};

/** From now on in this file: more of every server and every configuration, where a test says nothing of it itself. */
export function inEveryApp(server: StartFakeServerOptions, config: More): void {
  everywhere = { server, config };
}

/** Both are closed when the test is finished. */
export async function startApp(options: AppOptions = {}): Promise<App> {
  const server = await startFakeServer({ ...everywhere.server, ...options.server });
  const notices: Notice[] = [];
  const ports = createNodePorts({ appName: "Checklist", store: "memory", openBrowser: async () => {} });
  const client = createAuthClient(
    {
      issuer: server.issuer,
      clientId: "app",
      onNotice: (notice) => notices.push(notice),
      ...everywhere.config(server),
      ...options.config,
    },
    ports,
  );
  onTestFinished(async () => {
    await client.close();
    await server.close();
  });
  await client.ready();

  const reached: App["reached"] = (holds) =>
    new Promise((resolve) => {
      if (holds(client.getState())) return resolve(client.getState());
      const stop = client.subscribe((state) => {
        if (!holds(state)) return;
        stop();
        resolve(state);
      });
    });

  const begin: App["begin"] = async () => {
    const done = client.signIn();
    done.catch(() => {});
    const { url } = (await reached((state) => "browser" in state)) as { readonly url: string };
    return { asked: new URL(url).searchParams, redirect: new URL(server.authorize(url)), done };
  };

  return {
    client,
    server,
    notices,
    reached,
    begin,
    async signIn() {
      const { redirect, done } = await begin();
      await visit(redirect);
      await done;
    },
  };
}

/** The whole answer to a GET, as it came. */
export function visit(url: URL, host = url.host): Promise<string> {
  const target = url.pathname + url.search;
  return rawClient(url.href, get(url.href, target).replace(`Host: ${url.host}`, `Host: ${host}`)).closed;
}

export const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);

/** The value of a header field. */
export const fieldOf = (answer: string, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)\\r$`, "im").exec(answer.split("\r\n\r\n")[0]! + "\r\n")?.[1];

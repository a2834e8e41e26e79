// An app on the real ports, and a real server for it to sign in to.
import {
  createAuthClient,
  type AuthClient,
  type AuthConfig,
  type AuthPorts,
  type AuthState,
  type Notice,
} from "@loopkey/core";
import {
  startIdentityProvider,
  type IdentityProvider,
  type IdentityProviderEvent,
  type IdentityProviderOptions,
  type IssuedSecret,
} from "@loopkey/example-identity-provider";
import { createNodePorts } from "@loopkey/node-adapter";
import { onTestFinished } from "vitest";

export const APP_NAME = "Loopkey e2e";

export interface Server extends IdentityProvider {
  readonly events: readonly IdentityProviderEvent[];
  /** What it handed out, in order. */
  readonly secrets: readonly IssuedSecret[];
  /** Paths of the requests so far, in order. */
  paths(): readonly string[];
}

/** A server of the test's own; closed when the test is finished. */
export async function startServer(options: IdentityProviderOptions = {}): Promise<Server> {
  const events: IdentityProviderEvent[] = [];
  const secrets: IssuedSecret[] = [];
  const provider = await startIdentityProvider({
    onEvent: (event) => events.push(event),
    onSecret: (secret) => secrets.push(secret),
    ...options,
  });
  onTestFinished(() => provider.close());
  return {
    ...provider,
    events,
    secrets,
    paths: () => events.flatMap((event) => (event.type === "request" ? [event.path] : [])),
  };
}

export interface App {
  readonly client: AuthClient;
  /** Every state since the start, as `status` or `status/step`; repetitions left out. */
  readonly trail: readonly string[];
  readonly notices: readonly Notice[];
  /** Resolves with the first state, now or later, that matches. */
  reached(matches: (state: AuthState) => boolean): Promise<AuthState>;
  /** Resolves with the authorization URL as soon as the app waits for the person. */
  authorizationUrl(): Promise<string>;
  /** Resolves with the first `count` notices. */
  noticed(count: number): Promise<readonly Notice[]>;
}

export interface AppOptions {
  readonly config?: Partial<AuthConfig>;
  /** In place of the real ones. */
  readonly ports?: Partial<AuthPorts>;
}

/** An app that has not signed in yet; closed when the test is finished. */
export function createApp(server: IdentityProvider, { config, ports }: AppOptions = {}): App {
  const trail: string[] = [];
  const notices: Notice[] = [];
  const watchers = new Set<() => void>();
  const changed = (): void => watchers.forEach((watcher) => watcher());
  const client = createAuthClient(
    {
      issuer: server.issuer,
      clientId: server.clientId,
      onNotice(notice) {
        notices.push(notice);
        changed();
      },
      ...config,
    },
    { ...createNodePorts({ appName: APP_NAME, store: "memory", openBrowser: async () => {} }), ...ports },
  );
  onTestFinished(() => client.close());
  client.subscribe((state) => {
    const name = nameOf(state);
    // The trail begins with the sign-in; before it there was nothing to restore.
    const hasBegun = trail.length > 0 || state.status !== "idle";
    if (hasBegun && trail.at(-1) !== name) trail.push(name);
    changed();
  });

  function until<T>(look: () => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      const watcher = (): void => {
        const found = look();
        if (found === undefined) return;
        watchers.delete(watcher);
        resolve(found);
      };
      watchers.add(watcher);
      watcher();
    });
  }

  const reached: App["reached"] = (matches) =>
    until(() => (matches(client.getState()) ? client.getState() : undefined));
  return {
    client,
    trail,
    notices,
    reached,
    async authorizationUrl() {
      const state = await reached(
        (state) =>
          state.status === "awaiting-callback" && state.url !== undefined && state.step === "waiting",
      );
      return (state as { readonly url: string }).url;
    },
    noticed: (count) => until(() => (notices.length >= count ? notices.slice(0, count) : undefined)),
  };
}

function nameOf(state: AuthState): string {
  return state.status === "awaiting-callback" ? `${state.status}/${state.step}` : state.status;
}

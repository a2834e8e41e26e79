// An app on the real ports with a server of others, and the person who uses it.
import {
  createAuthClient,
  type AuthClient,
  type Session,
  type SignInOptions,
  type SignOutResult,
} from "@loopkey/core";
import { createNodePorts } from "@loopkey/node-adapter";
import { onTestFinished } from "vitest";
import type { Page } from "../../servers/http-browser.js";
import { createPerson, type Intention, type Person } from "../../servers/person.js";
import type { StartedServer } from "../../servers/server.js";

/** Far more than a server on this machine needs. */
const REQUEST_TIMEOUT_MS = 10_000;

interface TokenAnswer {
  readonly access_token?: string;
  readonly refresh_token?: string;
}

interface TokenRequest {
  readonly url: string;
  readonly parameters: URLSearchParams;
  /** What the server answered; empty when that is no JSON. */
  readonly answer: TokenAnswer;
}

export interface SigningInApp {
  readonly client: AuthClient;
  readonly person: Person;
  readonly tokenRequests: readonly TokenRequest[];
  /** Where the app waited for the browser, or sent it on from. */
  readonly loopbackUris: readonly URL[];
  /** Signs in with a person who wants this; both are done when it settles. */
  readonly signIn: (intention?: Intention, options?: SignInOptions) => Promise<Session>;
  readonly signOut: () => Promise<SignOutResult>;
  /** The page on which the person ended, the last time the browser was opened. */
  readonly lastPage: () => Promise<Page>;
}

/** `profile` names its encrypted file. Closed when the test is finished. */
export function createSigningInApp(server: StartedServer, profile: string): SigningInApp {
  const person = createPerson(server);
  const tokenRequests: TokenRequest[] = [];
  const loopbackUris: URL[] = [];
  let intention: Intention = {};
  let walk: Promise<Page> | undefined;

  const ports = createNodePorts({
    appName: "Loopkey servers",
    profile,
    store: "encrypted-file",
    secret: async () => ({ key: new Uint8Array(32).fill(7) }),
    async openBrowser(url) {
      loopbackUris.push(new URL(new URL(url).searchParams.get("redirect_uri") ?? url));
      walk = person.walk(url, intention);
      // A page that the person does not understand ends the wait; lastPage() tells which.
      walk.catch(() => client.cancel());
    },
  });

  const recordingFetch: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    const { body } = init ?? {};
    if (body instanceof URLSearchParams && body.has("grant_type")) {
      const answer = (await response
        .clone()
        .json()
        .catch(() => ({}))) as TokenAnswer;
      tokenRequests.push({ url: response.url, parameters: body, answer });
    }
    return response;
  };

  const client = createAuthClient(
    { requestTimeoutMs: REQUEST_TIMEOUT_MS, ...server.config },
    { ...ports, fetch: recordingFetch },
  );
  onTestFinished(() => client.close());
  return {
    client,
    person,
    tokenRequests,
    loopbackUris,
    lastPage: async () => walk!,
    signIn(wanted = {}, options = {}) {
      intention = wanted;
      return withPerson(client.signIn(options));
    },
    signOut: () => withPerson(client.signOut()),
  };

  /** What the person met says more than that the app gave up. */
  async function withPerson<T>(doing: Promise<T>): Promise<T> {
    await Promise.allSettled([doing]);
    await walk;
    return doing;
  }
}

// An app on the real ports with a server of others, and the person who uses it.
import {
  createAuthClient,
  type AuthClient,
  type AuthConfig,
  type Notice,
  type Session,
  type SignInOptions,
  type SignOutOptions,
  type SignOutResult,
} from "@loopkey/core";
import { createNodePorts } from "@loopkey/node-adapter";
import { onTestFinished } from "vitest";
import type { Page } from "../../servers/http-browser.js";
import { createPerson, type Intention, type Person } from "../../servers/person.js";
import type { StartedServer } from "../../servers/server.js";

/** Far more than a server on this machine, or its person, needs. */
const LIMITS = { requestTimeoutMs: 10_000, signInTimeoutMs: 20_000 };

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
  /** Resolves with the first notice, now or later. */
  readonly noticed: Promise<Notice>;
  /** Signs in with a person who wants this; both are done when it settles. */
  readonly signIn: (intention?: Intention, options?: SignInOptions) => Promise<Session>;
  /** The same with a code, which the person opens the address of in a browser of their own. */
  readonly signInByDevice: (intention?: Intention) => Promise<Session>;
  readonly signOut: (options?: SignOutOptions) => Promise<SignOutResult>;
  /** The page on which the person ended, the last time the browser was opened. */
  readonly lastPage: () => Promise<Page>;
}

/** `profile` names its encrypted file. Closed when the test is finished. */
export function createSigningInApp(
  server: StartedServer,
  profile: string,
  more: Partial<AuthConfig> = {},
): SigningInApp {
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

  let notice: (notice: Notice) => void = () => {};
  const noticed = new Promise<Notice>((resolve) => (notice = resolve));
  const client = createAuthClient(
    { ...LIMITS, onNotice: notice, ...server.config, ...more },
    { ...ports, fetch: recordingFetch },
  );
  onTestFinished(() => client.close());
  return {
    client,
    person,
    tokenRequests,
    loopbackUris,
    noticed,
    lastPage: async () => walk!,
    signIn(wanted = {}, options = {}) {
      intention = wanted;
      return withPerson(client.signIn(options));
    },
    signInByDevice(wanted = {}) {
      walk = undefined;
      const stop = client.subscribe((state) => {
        const device = "device" in state ? state.device : undefined;
        if (!device || walk) return;
        walk = person.walk(device.verificationUriComplete ?? device.verificationUri, wanted);
        walk.catch(() => client.cancel());
      });
      return withPerson(client.signIn({ flow: "device" })).finally(stop);
    },
    signOut: (options = {}) => withPerson(client.signOut(options)),
  };

  /** What the person met says more than that the app gave up. */
  async function withPerson<T>(doing: Promise<T>): Promise<T> {
    await Promise.allSettled([doing]);
    await walk;
    return doing;
  }
}

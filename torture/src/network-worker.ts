// A process with two clients, each with an account of its own: one of Loopkey, and one that just tries again.
import { AuthError, createAuthClient, type AuthState } from "@loopkey/core";
import type { PersonOptions } from "@loopkey/example-identity-provider";
import { createEncryptedFileStore, createNodePorts } from "@loopkey/node-adapter";
import { createRetrier } from "./network-retrier.js";
import { browserOf } from "./person-at-home.js";
import { say } from "./worker.js";

export type ClientName = "loopkey" | "retrier";

export interface NetworkOptions {
  readonly profile: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly person: PersonOptions;
  /** Where each client finds the token endpoint: at a proxy of its own. */
  readonly tokenEndpoints: Readonly<Record<ClientName, string>>;
  readonly requestTimeoutMs: number;
}

export interface NetworkOrder {
  readonly do: "sign in" | "refresh";
  readonly client: ClientName;
}

export interface NetworkAnswer {
  /** Of `refresh`: `kept`, or why the session is over. */
  readonly outcome?: string;
  readonly error?: string;
}

const KEY = new Uint8Array(32).fill(7);
const LONGEST_WAY_MS = 60_000;
const APP_NAME = "Loopkey torture network";
/** As the system tells that it woke up: the process stood still for longer than this. */
const ASLEEP_MS = 1_000;
const LOOK_MS = 100;

const { profile, issuer, clientId, person, tokenEndpoints, requestTimeoutMs } = JSON.parse(
  process.argv[2]!,
) as NetworkOptions;
const authorizationEndpoint = `${issuer}/oauth/authorize`;

const client = createAuthClient(
  {
    server: {
      issuer,
      authorization_endpoint: authorizationEndpoint,
      token_endpoint: tokenEndpoints.loopkey,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
    },
    clientId,
    requestTimeoutMs,
    refreshOnStart: false,
  },
  createNodePorts({
    appName: APP_NAME,
    profile,
    store: createEncryptedFileStore({ appName: APP_NAME, profile, secret: async () => ({ key: KEY }) }),
    openBrowser: browserOf(person),
  }),
);
const retrier = createRetrier({
  authorizationEndpoint,
  tokenEndpoint: tokenEndpoints.retrier,
  clientId,
  person,
  requestTimeoutMs,
});

let lookedAt = performance.now();
const watch = setInterval(() => {
  const now = performance.now();
  if (now - lookedAt > ASLEEP_MS) client.wake();
  lookedAt = now;
}, LOOK_MS);

process.on("message", (order: NetworkOrder) => void answer(order));
process.on("disconnect", () => {
  clearInterval(watch);
  void client.close();
});

async function answer(order: NetworkOrder): Promise<void> {
  const answer = await obey(order).catch((error: Error) => ({
    error: error instanceof AuthError ? `${error.code}: ${error.message}` : `${error.name}: ${error.message}`,
  }));
  say<NetworkAnswer, never>({ answer });
}

async function obey({ do: what, client: name }: NetworkOrder): Promise<NetworkAnswer> {
  if (name === "retrier") {
    if (what === "refresh") return { outcome: (await retrier.refresh()) ? "kept" : "invalid_grant" };
    await retrier.signIn();
    return {};
  }
  if (what === "refresh") return { outcome: await refresh() };
  await client.signIn();
  return {};
}

/** Asks once; what the client does then, it does by itself. */
async function refresh(): Promise<string> {
  const got = await client.getAccessToken({ forceRefresh: true }).then(
    () => true,
    () => false,
  );
  return got ? "kept" : settled();
}

function settled(): Promise<string> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => end(() => reject(new Error("It never came to an end."))), LONGEST_WAY_MS);
    const unsubscribe = client.subscribe(look);
    look(client.getState());

    function look(state: AuthState): void {
      if (state.status === "logged-out") end(() => resolve(state.reason.code));
      if (state.status === "authenticated" && state.degraded === undefined) end(() => resolve("kept"));
    }
    function end(settle: () => void): void {
      clearTimeout(late);
      unsubscribe();
      settle();
    }
  });
}

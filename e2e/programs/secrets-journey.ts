// An app that logs whatever it is given, as badly as an app can: every state, notice, result and error, and every event and
// snapshot of the machine, inspected to the bottom and as JSON. It makes one call for every line on stdin, says how that
// ended, and ends with the last line. Where no browser of this machine is needed it plays the person itself.
import { createInterface } from "node:readline";
import { format, inspect } from "node:util";
import { AuthError, createAuthClient, type AuthConfig } from "@loopkey/core";
import { actorOf } from "@loopkey/core/machine";
import { reached } from "@loopkey/core/testing";
import { createPerson, type PersonOptions } from "@loopkey/example-identity-provider";
import { createNodePorts } from "@loopkey/node-adapter";
import { readOrder, say } from "./order.js";

export interface JourneyOrder {
  readonly issuer: string;
  readonly clientId: string;
  readonly apiUrl: string;
  /** Asks for a stronger sign-in. */
  readonly vaultUrl?: string;
  readonly account?: PersonOptions;
  readonly config?: Partial<AuthConfig>;
}

export type JourneyCall =
  | "ready"
  | "signIn"
  | "signInAborted"
  | "signInByCode"
  /** The code is asked for while a browser is waited for. */
  | "signInByCodeBeside"
  /** A wrong redirect is pasted first. */
  | "signInPasted"
  | "stepUp"
  | "accessToken"
  | "userInfo"
  | "callApi"
  | "callElsewhere"
  | "callAsSomebodyElse"
  /** The machine renews the access token by itself, before it ends. */
  | "renewed"
  | "renewalFailed"
  | "sessionEnded"
  | "signOut"
  | "close";

const { apiUrl, vaultUrl = apiUrl, account, config, ...server } = readOrder() as JourneyOrder;
const ports = createNodePorts({ appName: "Loopkey journey" });
const client = createAuthClient({ ...server, ...config, onNotice: (notice) => log("notice", notice) }, ports);
client.subscribe((state) => log("state", state));
const actor = actorOf(client);
actor.system.inspect((event) => {
  const { type, snapshot, event: cause } = event as unknown as Record<string, unknown>;
  const { context, input, output, error } = (snapshot ?? {}) as Record<string, unknown>;
  // Not the machine's definition, which is the same for everyone.
  log("inspection", { type, cause, context, input, output, error });
  log("snapshot", actor.getPersistedSnapshot());
});

const calls: Readonly<Record<JourneyCall, () => Promise<unknown>>> = {
  ready: () => client.ready(),
  signIn: () => client.signIn(),
  signInAborted: () => client.signIn({ signal: AbortSignal.abort() }),
  signInByCode: async () => {
    const signingIn = client.signIn({ flow: "device" });
    await allowDevice();
    return signingIn;
  },
  signInByCodeBeside: async () => {
    const signingIn = client.signIn({ openBrowser: false });
    await authorizationUrl();
    client.useDeviceCode();
    await allowDevice();
    return signingIn;
  },
  signInPasted: async () => {
    const signingIn = client.signIn({ openBrowser: false });
    const redirect = await person().follow(await authorizationUrl());
    try {
      client.submitRedirect(redirect.replace("state=", "state=x"));
    } catch (error) {
      log("error", error);
    }
    client.submitRedirect(redirect);
    return signingIn;
  },
  stepUp: async () => {
    const error = await client.fetch(vaultUrl).catch((reason: unknown) => reason);
    log("error", error);
    await client.signIn(error instanceof AuthError ? error.stepUp : {});
    return client.fetch(vaultUrl).then(({ status }) => status);
  },
  // The one secret the app is handed: its length will do.
  accessToken: async () => (await client.getAccessToken()).length,
  userInfo: () => client.userInfo(),
  callApi: () => client.fetch(apiUrl).then((response) => response.json()),
  callElsewhere: () => client.fetch("https://elsewhere.example/api"),
  callAsSomebodyElse: () =>
    client.fetch(apiUrl, { headers: { authorization: "Bearer another" } }).then(({ status }) => status),
  renewed: async () => {
    await reached(client, ({ status }) => status === "refreshing");
    return reached(client, ({ status }) => status === "authenticated");
  },
  renewalFailed: () => reached(client, (state) => "degraded" in state && state.degraded !== undefined),
  sessionEnded: () => reached(client, ({ status }) => status === "logged-out"),
  signOut: () => client.signOut(),
  close: () => client.close(),
};

log("client", client);
log("ports", ports);
for await (const line of createInterface({ input: process.stdin })) {
  const call = line as JourneyCall;
  const failed = await calls[call]().then(
    (result) => log("result", result),
    (error: unknown) => {
      log("error", error);
      process.stderr.write(`${format("%s %o %O %j", error, error, error, error)}\n`);
      return (error as { readonly code?: string }).code ?? String(error);
    },
  );
  log("client", [client, client.getState()]);
  say({ type: "done", call, outcome: failed ?? "done" });
}

function log(type: string, value: unknown): void {
  const inspected = inspect(value, {
    depth: 20,
    showHidden: true,
    getters: true,
    maxStringLength: Infinity,
    maxArrayLength: Infinity,
    breakLength: Infinity,
  });
  say({ type, inspected, json: JSON.stringify(value), text: String(value) });
}

function person() {
  if (!account) throw new Error("The order names nobody to sign in");
  return createPerson(account);
}

async function allowDevice(): Promise<void> {
  const state = await reached(client, (each) => "device" in each);
  if ("device" in state) await person().follow(state.device.verificationUriComplete ?? "");
}

async function authorizationUrl(): Promise<string> {
  const state = await reached(client, (each) => "step" in each && each.step === "waiting");
  return "url" in state ? state.url : "";
}

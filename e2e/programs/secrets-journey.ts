// An app that logs whatever it is given, as badly as an app can: every state, notice, result and error, inspected to the
// bottom and as JSON. It makes one call for every line on stdin, says how that ended, and ends with the last line.
import { createInterface } from "node:readline";
import { format, inspect } from "node:util";
import { createAuthClient, type AuthState } from "@loopkey/core";
import { createNodePorts } from "@loopkey/node-adapter";
import { readOrder, say } from "./order.js";

export interface JourneyOrder {
  readonly issuer: string;
  readonly clientId: string;
  readonly apiUrl: string;
}

export type JourneyCall =
  | "ready"
  | "signIn"
  | "signInAborted"
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

const { apiUrl, ...config } = readOrder() as JourneyOrder;
const ports = createNodePorts({ appName: "Loopkey journey" });
const client = createAuthClient({ ...config, onNotice: (notice) => log("notice", notice) }, ports);
client.subscribe((state) => log("state", state));

const calls: Readonly<Record<JourneyCall, () => Promise<unknown>>> = {
  ready: () => client.ready(),
  signIn: () => client.signIn(),
  signInAborted: () => client.signIn({ signal: AbortSignal.abort() }),
  // The one secret the app is handed: its length will do.
  accessToken: async () => (await client.getAccessToken()).length,
  userInfo: () => client.userInfo(),
  callApi: () => client.fetch(apiUrl).then((response) => response.json()),
  callElsewhere: () => client.fetch("https://elsewhere.example/api"),
  callAsSomebodyElse: () =>
    client.fetch(apiUrl, { headers: { authorization: "Bearer another" } }).then(({ status }) => status),
  renewed: async () => {
    await reached(({ status }) => status === "refreshing");
    return reached(({ status }) => status === "authenticated");
  },
  renewalFailed: () => reached((state) => "degraded" in state && state.degraded !== undefined),
  sessionEnded: () => reached(({ status }) => status === "logged-out"),
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

function reached(holds: (state: AuthState) => boolean): Promise<AuthState> {
  return new Promise((resolve) => {
    const look = (state: AuthState): void => {
      if (!holds(state)) return;
      stop();
      resolve(state);
    };
    const stop = client.subscribe(look);
    look(client.getState());
  });
}

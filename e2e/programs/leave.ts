// Begins a sign-in and leaves it one way, in whatever state it is then, and says what is left of it. Ends by itself,
// without process.exit.
import { once } from "node:events";
import { connect } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createAuthClient, AuthError, type AuthState } from "@loopkey/core";
import { createNodePorts } from "@loopkey/node-adapter";
import { readOrder, say } from "./order.js";

export interface LeaveOrder {
  readonly issuer: string;
  readonly clientId: string;
  /** What to do when told so on stdin. Absent: what happens comes from elsewhere. */
  readonly by?: "cancel" | "abort" | "close";
  readonly signInTimeoutMs: number;
  readonly requestTimeoutMs: number;
}

/** What is said in the end. */
export interface Left {
  /** The code of the AuthError, or "signed in". */
  readonly outcome: string;
  readonly status: AuthState["status"];
  /** Whether the port of the redirect still takes connections. */
  readonly listening: boolean;
  /** What still keeps the process alive, besides stdin, stdout and stderr. */
  readonly resources: readonly string[];
}

const { by, ...config } = readOrder() as LeaveOrder;
const ports = createNodePorts({ appName: "Loopkey e2e", store: "memory" });
const aborter = new AbortController();
let redirectUri: string | undefined;

const client = createAuthClient(config, {
  ...ports,
  async listenForRedirect(options) {
    const listening = await ports.listenForRedirect(options);
    ({ redirectUri } = listening);
    tell(client.getState());
    return listening;
  },
});
client.subscribe(tell);
const outcome = client.signIn({ openBrowser: false, signal: aborter.signal }).then(
  () => "signed in",
  (error: unknown) => (error instanceof AuthError ? error.code : String(error)),
);
// Whoever started this program decides when: the request that hangs must have arrived first.
if (by !== undefined) {
  await once(process.stdin, "data");
  process.stdin.pause();
  if (by === "cancel") client.cancel();
  if (by === "abort") aborter.abort();
  if (by === "close") await client.close();
}
const left: Omit<Left, "resources"> = {
  outcome: await outcome,
  status: client.getState().status,
  listening: await isListening(),
};
// What has been closed is listed until its turn of the event loop is over.
await nextTurn();
await nextTurn();
say({ type: "left", ...left, resources: activeResources() });

function tell(state: AuthState): void {
  const url = state.status === "awaiting-callback" ? state.url : undefined;
  const name = state.status === "awaiting-callback" ? state.step : state.status;
  // Preparing counts from when the port is bound: there must be something to leave behind.
  if (redirectUri !== undefined) say({ type: name, url, redirectUri });
}

async function isListening(): Promise<boolean> {
  const { hostname, port } = new URL(redirectUri!);
  const socket = connect({ host: hostname, port: Number(port) });
  const connected = await new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
  });
  socket.destroy();
  if (!socket.closed) await once(socket, "close");
  return connected;
}

function activeResources(): string[] {
  const own = new Set(["PipeWrap", "TTYWrap", "WriteWrap", "Immediate"]);
  return process.getActiveResourcesInfo().filter((name) => !own.has(name));
}

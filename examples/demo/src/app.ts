// The app of the demo: a process of its own, as an app would be. Each of its parts runs in a process of its own.
import { once } from "node:events";
import { AuthError, createAuthClient, type AuthClient, type AuthState } from "@loopkey/core";
import { createBrowserLauncher, createNodePorts } from "@loopkey/node-adapter";
import { createNarrator } from "./narrator.js";
import { hasDisplay, playPerson } from "./person.js";
import type { ServerProcess } from "./server-process.js";
import type { DemoStore } from "./store.js";

/** What the demo tells its app, as JSON in the first argument. */
export interface AppOptions {
  readonly server: Omit<ServerProcess, "stop">;
  readonly store: DemoStore;
  readonly part: "sign-in" | "come-back";
  /** Whether a page shows the machine while it runs. */
  readonly watch: boolean;
}

const { server, store, part, watch } = JSON.parse(process.argv[2] ?? "{}") as AppOptions;
const tell = createNarrator(process.stdout);
// Fails the demo when the played person gets stuck, instead of waiting for the deadline.
const played = new AbortController();
let shown = "";

const ports = createNodePorts({
  appName: "Loopkey demo",
  store,
  ...(hasDisplay()
    ? {}
    : {
        openBrowser: playPerson({
          issuer: server.issuer,
          account: server,
          onPage: (title) => (shown = title),
          onError: (error) => played.abort(error),
        }),
      }),
});
const client = createAuthClient(
  { issuer: server.issuer, clientId: server.clientId, scope: "openid profile email offline_access" },
  ports,
);
client.subscribe((state) => tell.state(state));

try {
  if (watch) await showMachine();
  tell.state(client.getState());
  await client.ready();
  await (part === "sign-in" ? signIn() : comeBack());
} catch (error) {
  const reason: unknown = played.signal.aborted ? played.signal.reason : error;
  const hint = reason instanceof AuthError && reason.hint ? ` ${reason.hint}` : "";
  const code = reason instanceof AuthError ? ` [${reason.code}]` : "";
  process.stderr.write(
    `\nThe app failed${code}: ${reason instanceof Error ? reason.message : String(reason)}${hint}\n`,
  );
  process.exitCode = 1;
} finally {
  await client.close();
}

/** Does not begin before somebody looks on, where there is a display to do so. */
async function showMachine(): Promise<void> {
  const { watchAuth } = await import("@loopkey/node-adapter/watch");
  const watching = await watchAuth(client, { force: true, title: "Loopkey demo" });
  if (!watching) return;
  tell.detail(`Look on, as it happens: ${watching.url}`);
  if (!hasDisplay()) return;
  const limit = AbortSignal.timeout(10_000);
  await createBrowserLauncher()(watching.url, { signal: limit }).catch(() => {});
  await Promise.race([watching.seen, once(limit, "abort")]);
}

async function signIn(): Promise<void> {
  if (hasDisplay())
    tell.detail(`Your browser opens. Sign in as ${server.username}, password ${server.password}.`);
  else tell.detail("There is no display here: the demo plays the person and their browser by HTTP.");
  const stopWatching = client.subscribe((state) => {
    if (state.status === "awaiting-callback" && state.browser === "failed")
      tell.detail(`No browser opened. Open this yourself: ${state.url}`);
  });
  await client.signIn({ signal: played.signal });
  stopWatching();
  if (shown) tell.detail(`The page in the browser, sent after the tokens were saved: "${shown}"`);
  await whoIsIt();
}

async function comeBack(): Promise<void> {
  const { status } = client.getState();
  if (status !== "authenticated" && status !== "refreshing")
    throw new Error(`The session was lost: it is ${status}.`);
  await whoIsIt();
  const first = await client.getAccessToken();
  tell.detail("The access token lives two seconds here. The machine mints the next one before it ends:");
  await reached(client, (state) => state.status === "refreshing");
  await reached(client, (state) => state.status === "authenticated");
  if ((await client.getAccessToken()) === first) throw new Error("The access token was not renewed.");
  tell.detail(
    "A new access token, and a new refresh token in place of the old one, saved before anyone saw them.",
  );

  tell.step("5. The person signs out");
  const result = await client.signOut({ signal: played.signal });
  tell.detail(
    `local session: ${result.local}; tokens revoked: ${result.revocation}; session at the server: ${result.endSession}`,
  );
  if (Object.values(result).some((step) => step !== "done"))
    throw new Error("Not everything was signed out.");
}

async function whoIsIt(): Promise<void> {
  const claims = await client.userInfo();
  tell.detail(`userinfo: ${String(claims["name"])} <${String(claims["email"])}>`);
  const response = await client.fetch(server.apiUrl);
  if (!response.ok) throw new Error(`The API answered with status ${response.status}.`);
  const { notes } = (await response.json()) as { notes: unknown[] };
  tell.detail(`GET ${server.apiUrl}: ${notes.length} notes`);
}

function reached(from: AuthClient, holds: (state: AuthState) => boolean): Promise<void> {
  if (holds(from.getState())) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const tooLong = setTimeout(() => reject(new Error("The refresh did not come in time.")), 10_000);
    const stop = from.subscribe((state) => {
      if (!holds(state)) return;
      stop();
      clearTimeout(tooLong);
      resolve();
    });
  });
}

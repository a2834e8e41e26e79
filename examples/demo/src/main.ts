// npm run demo: an OpenID provider on this machine, and a person who signs in to an app with the real packages.
import { createAuthClient, AuthError } from "@loopkey/core";
import { createNodePorts } from "@loopkey/node-adapter";
import { createNarrator } from "./narrator.js";
import { hasDisplay, playPerson } from "./person.js";
import { startServer } from "./server-process.js";

const APP_NAME = "Loopkey demo";

try {
  await demo();
} catch (error) {
  const hint = error instanceof AuthError && error.hint ? ` ${error.hint}` : "";
  const code = error instanceof AuthError ? ` [${error.code}]` : "";
  process.stderr.write(
    `\nThe demo failed${code}: ${error instanceof Error ? error.message : String(error)}${hint}\n`,
  );
  process.exitCode = 1;
}

async function demo(): Promise<void> {
  const tell = createNarrator(process.stdout);
  process.stdout.write(
    "Loopkey signs people in to apps on their own machine. This is what that looks like.\n",
  );

  tell.step("An OpenID provider starts on a free port");
  const server = await startServer();
  tell.detail(`${server.issuer} (examples/identity-provider; a real server, only it is yours)`);

  const withBrowser = hasDisplay();
  // Fails the sign-in when the played person gets stuck, instead of waiting for the deadline.
  const played = new AbortController();
  let shown = "";
  const ports = createNodePorts({
    appName: APP_NAME,
    ...(withBrowser
      ? {}
      : {
          openBrowser: playPerson(
            server,
            (title) => (shown = title),
            (error) => played.abort(error),
          ),
        }),
  });
  const client = createAuthClient(
    { issuer: server.issuer, clientId: server.clientId, scope: "openid profile email offline_access" },
    ports,
  );
  try {
    tell.step("The app signs a person in");
    if (withBrowser)
      tell.detail(`Your browser opens. Sign in as ${server.username}, password ${server.password}.`);
    else tell.detail("There is no display here: the demo plays the person and their browser by HTTP.");
    tell.state(client.getState());
    client.subscribe((state) => {
      tell.state(state);
      if (state.status === "awaiting-callback" && state.browser === "failed")
        tell.detail(`No browser opened. Open this yourself: ${state.url}`);
    });
    const session = await client.signIn({ signal: played.signal }).catch((error: unknown) => {
      throw played.signal.aborted ? played.signal.reason : error;
    });

    tell.step("The app asks who that is, and calls an API");
    const claims = await client.userInfo();
    tell.detail(`userinfo: ${String(claims["name"])} <${String(claims["email"])}>`);
    const response = await client.fetch(server.apiUrl);
    if (!response.ok) throw new Error(`The API answered with status ${response.status}.`);
    tell.detail(`GET ${server.apiUrl}: ${JSON.stringify(await response.json())}`);

    tell.step("What happened");
    for (const line of [
      `${String(claims["name"])} (${session.subject}) signed in to "${APP_NAME}" through ${withBrowser ? "your browser" : "a played browser"}.`,
      `The states: ${tell.trail.join(" → ")}.`,
      "The redirect came to a port on 127.0.0.1 that was open only while it was awaited.",
      `The page in the browser was sent after the tokens were safe${shown ? `; it said "${shown}"` : ""}.`,
      "The app saw a session and an access token, never the refresh token. This demo keeps it in memory.",
    ])
      tell.detail(line);
    process.stdout.write("\nNext: README.md has the ten lines that do this in your app.\n");
  } finally {
    await client.close();
    await server.stop();
  }
}

// The flows that are drawn: each a real run, with sockets, the lock's file and an OpenID provider, recorded as it goes.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMemoryStore } from "../../packages/core/dist/index.js";
import { createPerson, startIdentityProvider } from "../../examples/identity-provider/dist/index.js";
import { createRecordedClient, createRecording } from "./recording.mjs";

const FEATURES = { stepUp: {}, deviceCode: { intervalSeconds: 1 } };

/** By name, in this order: `{ title, about, lines }`. */
export async function recordFlows() {
  const state = mkdtempSync(join(tmpdir(), "loopkey-diagrams-"));
  const before = process.env["XDG_STATE_HOME"];
  process.env["XDG_STATE_HOME"] = state;
  const server = await startIdentityProvider(FEATURES);
  try {
    const flows = [];
    for (const [name, flow] of Object.entries(FLOWS)) {
      // One after the other: each has the lock, and the person's browser, to itself.
      flows.push({ name, ...(await record(flow, server)) });
    }
    return flows;
  } finally {
    await server.close();
    if (before === undefined) delete process.env["XDG_STATE_HOME"];
    else process.env["XDG_STATE_HOME"] = before;
    rmSync(state, { recursive: true, force: true });
  }
}

async function record({ title, about, run }, server) {
  const recording = createRecording();
  const person = createPerson(server.account);
  const store = createMemoryStore();
  const clients = [];
  const begin = (options = {}) => {
    const name = options.name ?? "App";
    const client = createRecordedClient({ recording, server, store, person, ...options, name });
    clients.push(client);
    return client;
  };
  let from = 0;
  /** What came before is how it came about, and is not drawn. */
  const fromHere = () => void (from = recording.lines.length);
  await run({ begin, server, person, recording, fromHere });
  const lines = recording.lines.slice(from);
  await Promise.all(clients.map((client) => client.close()));
  return { title, about, lines };
}

const FLOWS = {
  "sign-in": {
    title: "Sign-in",
    about:
      "Authorization code with PKCE on a loopback redirect (RFC 8252, RFC 7636). The browser is answered when the session is saved.",
    async run({ begin, recording, fromHere }) {
      const { onPage, page } = pageInBrowser(recording);
      const client = begin({ hooks: { onPage } });
      await client.ready();
      fromHere();
      recording.say("Person", "App", "signIn()");
      await client.signIn();
      await page;
    },
  },
  refresh: {
    title: "Refresh by two processes",
    about:
      "Drawn of two clients that have nothing but the store and the lock in common, as two processes do. One lock, one request: who comes second finds the new record under the lock, and sends nothing (RFC 9700 4.14.2).",
    async run({ begin, recording, fromHere }) {
      const config = { keepAccessToken: "store" };
      let asked;
      const otherWaits = new Promise((resolve) => void (asked = resolve));
      let isMeasured = false;
      const calls = [];
      const first = begin({
        name: "First",
        config,
        hooks: {
          async beforeTokens() {
            if (!isMeasured) return;
            recording.say("Person", "Second", "getAccessToken()");
            calls.push(other.getAccessToken({ forceRefresh: true }));
            await otherWaits;
          },
        },
      });
      await first.signIn();
      const other = begin({ name: "Second", config, hooks: { onLock: () => asked() } });
      await other.ready();
      fromHere();
      isMeasured = true;
      recording.say("Person", "First", "getAccessToken()");
      await first.getAccessToken({ forceRefresh: true });
      await Promise.all(calls);
    },
  },
  "step-up": {
    title: "Step-up",
    about:
      "The API asks for more than the session has (RFC 9470). The session of before stays until the stronger one is saved.",
    async run({ begin, server, recording, fromHere }) {
      const hooks = {};
      const client = begin({ hooks });
      const before = pageInBrowser(recording);
      hooks.onPage = before.onPage;
      await client.signIn();
      await before.page;
      const { onPage, page } = pageInBrowser(recording);
      hooks.onPage = onPage;
      fromHere();
      recording.say("Person", "App", "fetch(vault)");
      const refused = await client.fetch(server.vaultUrl).catch((error) => error);
      recording.note("App", refused.code);
      recording.say("Person", "App", "signIn(error.stepUp)");
      await client.signIn(refused.stepUp);
      await page;
      recording.say("Person", "App", "fetch(vault)");
      await client.fetch(server.vaultUrl);
    },
  },
  device: {
    title: "Device code",
    about: "Where no browser opens, the person enters a code on another device (RFC 8628).",
    async run({ begin, person, recording, fromHere }) {
      const client = begin({ config: { flow: "device" } });
      await client.ready();
      fromHere();
      recording.say("Person", "App", "signIn()");
      const signedIn = client.signIn();
      const { userCode, verificationUri } = await deviceOf(client);
      recording.say("App", "Person", "the code, and where to enter it", "-->>");
      recording.say("Browser", "Server", `GET ${new URL(verificationUri).pathname}, enters the code, allows`);
      await person.follow(verificationUri, { userCode });
      await signedIn;
    },
  },
  "sign-out": {
    title: "Sign-out",
    about:
      "Tokens are revoked (RFC 7009), the session here is deleted, then the browser visits the server's sign-out page (OpenID Connect RP-Initiated Logout 1.0).",
    async run({ begin, recording, fromHere }) {
      const client = begin();
      await client.signIn();
      fromHere();
      recording.say("Person", "App", "signOut()");
      await client.signOut();
    },
  },
};

/** The page in the browser is the last that comes: it is waited for. */
function pageInBrowser(recording) {
  let seen;
  const page = new Promise((resolve) => void (seen = resolve));
  const onPage = () => {
    recording.say("App", "Browser", "the page that says how it went", "-->>");
    seen();
  };
  return { onPage, page };
}

function deviceOf(client) {
  return new Promise((resolve) => {
    const stop = client.subscribe((state) => {
      if (!state.device) return;
      stop();
      resolve(state.device);
    });
  });
}

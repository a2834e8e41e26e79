// Records what a client does to the world, in the order in which it does it: real ports, a real provider, and an ear at each.
import { createAuthClient } from "../../packages/core/dist/index.js";
import { createNodePorts } from "../../packages/node-adapter/dist/index.js";

/** Lines of a sequence diagram, and who is in it. */
export function createRecording() {
  const lines = [];
  return {
    lines,
    say: (from, to, text, arrow = "->>") => void lines.push(`${from}${arrow}${to}: ${plain(text)}`),
    note: (over, text) => void lines.push(`Note over ${over}: ${plain(text)}`),
  };
}

/**
 * A client whose every act is recorded. `person` follows an address in their browser and resolves with where it left the server to.
 * `hooks.beforeTokens` is waited for before a request to the token endpoint goes out.
 */
export function createRecordedClient({ recording, name, server, store, person, config = {}, hooks = {} }) {
  const { say, note } = recording;
  const app = name;
  const real = createNodePorts({ appName: "Loopkey diagrams", store });
  const ask = (send) =>
    async function recorded(url, init = {}) {
      const what = requestOf(url, init);
      if (what.startsWith("POST") && what.includes("token")) await hooks.beforeTokens?.();
      say(app, "Server", what);
      const response = await send(url, init);
      say("Server", app, String(response.status), "-->>");
      return response;
    };
  const fetch = Object.assign(
    ask((url, init) => real.fetch(url, init)),
    {
      bare: real.fetch.bare && ask((url, init) => real.fetch.bare(url, init)),
      onOwnConnection:
        real.fetch.onOwnConnection && ask((url, init) => real.fetch.onOwnConnection(url, init)),
    },
  );
  const kept = (call, text) =>
    async function recorded(...given) {
      say(app, "Store", text);
      return store[call](...given);
    };
  const ports = {
    ...real,
    fetch,
    store: {
      ...store,
      info: store.info,
      load: kept("load", "read the record"),
      save: kept("save", "save the record"),
      clear: kept("clear", "delete the record"),
    },
    async withLock(task, options) {
      note(app, "asks for the lock");
      hooks.onLock?.();
      return real.withLock(async (held) => {
        note(app, "has the lock");
        try {
          return await task(held);
        } finally {
          note(app, "frees the lock");
        }
      }, options);
    },
    async openBrowser(url) {
      say(app, "Browser", "opens the address");
      void browse(url);
    },
  };

  async function browse(url) {
    const isHere = new URL(url).origin !== new URL(server.issuer).origin;
    // A sign-out begins at a one-time address of the app, which sends the browser on.
    if (isHere) {
      say("Browser", app, `GET ${new URL(url).pathname.replace(/[\w-]{16,}/, "…")}`);
      url = (await globalThis.fetch(url, { redirect: "manual" })).headers.get("location");
      say(app, "Browser", "302 to the server, with id_token_hint", "-->>");
    }
    say("Browser", "Server", `GET ${new URL(url).pathname}`);
    const back = await person.follow(url);
    say("Server", "Browser", `302 to ${new URL(back).pathname}${queryOf(back)}`, "-->>");
    say("Browser", app, `GET ${new URL(back).pathname}`);
    const page = await globalThis.fetch(back);
    await page.text();
    hooks.onPage?.();
  }

  const client = createAuthClient(
    {
      issuer: server.issuer,
      clientId: server.clientId,
      scope: "openid profile offline_access",
      refreshOnStart: false,
      ...config,
    },
    ports,
  );
  let last = client.getState().status;
  client.subscribe(({ status }) => {
    if (status !== last) note(app, status);
    last = status;
  });
  return client;
}

function requestOf(url, { method = "GET", body }) {
  const { pathname } = new URL(url);
  const parameters = new URLSearchParams(
    typeof body === "string" || body instanceof URLSearchParams ? body : "",
  );
  const grant = parameters.get("grant_type")?.split(":").at(-1);
  const pkce = parameters.has("code_verifier") ? ", code_verifier" : "";
  return `${method} ${pathname}${grant ? ` (${grant}${pkce})` : ""}`;
}

/** Names alone: values are secret, and others in each run. */
function queryOf(url) {
  const names = [...new URL(url).searchParams.keys()].toSorted();
  return names.length === 0 ? "" : `?${names.join("&")}`;
}

/** What Mermaid would read as its own. */
function plain(text) {
  return text.replaceAll(/[;#]/g, ",");
}

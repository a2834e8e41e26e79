// The main process of an app whose windows are attacked: behind Loopkey's bridge, or behind one that lets everybody in. It counts
// what is left of them.
import { createAuthClient, type AuthClient } from "@loopkey/core";
import { createElectronPorts, preloadPath, serveAuth, type Refusal } from "@loopkey/electron-adapter/main";
import { app, BrowserWindow, ipcMain, protocol, webContents, type MessagePortMain } from "electron/main";

export interface AttackedOrder {
  readonly issuer: string;
  readonly clientId: string;
  readonly bridge: "loopkey" | "open";
  /** Takes the address that a browser is to open, as the body of a POST. */
  readonly browserAt: string;
  /** In place of Loopkey's own file. */
  readonly preload?: string;
  /** Of an API that windows may ask. */
  readonly apiOrigin: string;
  /** Which pages Loopkey is told to serve. */
  readonly origins: readonly string[];
}

export interface AttackedWindow {
  readonly url: string;
  /** Loopkey is told of it. @default true */
  readonly named?: boolean;
  /** The preload has a world of its own. @default true */
  readonly isolated?: boolean;
}

/** What the test reaches in this process. */
export interface Attacked {
  readonly client: AuthClient;
  readonly refusals: Refusal[];
  openWindow(options: AttackedWindow): void;
  /** Opens a window at each address, a few at a time, or one at all of them in turn; each page has heard of the session before the next. */
  visit(addresses: readonly string[], how: "in windows" | "in one window"): Promise<void>;
  /** How many of the ports that came from windows so far have not been collected as garbage. */
  portsLeft(): number;
  /** Runs an expression in the `webview` that a window has. */
  runInWebview(script: string): Promise<unknown>;
}

/** In a page: says what it hears of the session. */
const SUBSCRIBE = `
addEventListener("message", ({ ports: [port] }) => {
  port.onmessage = ({ data }) => (document.title = data.state.status);
  port.postMessage({ type: "subscribe" });
}, { once: true });
loopkey.connect();
`;

/** How many windows are there while a thousand are visited. */
const AT_ONCE = 4;

const order = JSON.parse(process.env["ATTACKED_ORDER"]!) as AttackedOrder;
const refusals: Refusal[] = [];
const isOpen = order.bridge === "open";
const preload = order.preload ?? preloadPath;

const ports: WeakRef<MessagePortMain>[] = [];
ipcMain.on("loopkey", (event) => {
  for (const port of event.ports) {
    ports.push(new WeakRef(port));
    port.on("message", ({ ports: more }) => ports.push(...more.map((each) => new WeakRef(each))));
  }
});

protocol.registerSchemesAsPrivileged([{ scheme: "app", privileges: { standard: true, secure: true } }]);

const client = createAuthClient(
  { issuer: order.issuer, clientId: order.clientId, apiOrigins: [order.apiOrigin] },
  {
    ...createElectronPorts({ appName: "Loopkey attacked", store: "memory" }),
    openBrowser: async (url) => void (await fetch(order.browserAt, { method: "POST", body: url })),
  },
);
const bridge = isOpen
  ? letEverybodyIn(client)
  : serveAuth(client, {
      origins: order.origins,
      claims: ["sub"],
      fetch: [{ origin: order.apiOrigin, methods: ["GET"], pathPrefix: "/" }],
      onRefused: (refusal) => refusals.push(refusal),
    });

const attacked: Attacked = {
  client,
  refusals,
  openWindow({ url, named = true, isolated = true }) {
    const window = new BrowserWindow({
      show: false,
      webPreferences: {
        preload,
        sandbox: true,
        contextIsolation: isolated,
        // The less careful app: its preload runs in every frame, and a page may have a webview with it.
        nodeIntegrationInSubFrames: true,
        webviewTag: true,
      },
    });
    window.webContents.on("will-attach-webview", (_event, preferences) => (preferences.preload = preload));
    window.webContents.setWindowOpenHandler(() => ({
      action: "allow",
      overrideBrowserWindowOptions: { show: false, webPreferences: { preload, sandbox: true } },
    }));
    if (named) bridge.addWindow(window);
    void window.loadURL(url);
  },
  async visit(addresses, how) {
    const isOne = how === "in one window";
    const left = addresses.values();
    const visitNext = async (): Promise<void> => {
      let window: BrowserWindow | undefined;
      for (const address of left) {
        window ??= openVisited();
        // oxlint-disable-next-line no-await-in-loop
        await load(window, address);
        if (isOne) continue;
        window.destroy();
        window = undefined;
      }
      window?.destroy();
    };
    await Promise.all(Array.from({ length: isOne ? 1 : AT_ONCE }, visitNext));
  },
  portsLeft: () => ports.filter((port) => port.deref() !== undefined).length,
  async runInWebview(script) {
    const guest = webContents.getAllWebContents().find((contents) => contents.getType() === "webview");
    return guest?.executeJavaScript(script);
  },
};
Object.assign(globalThis, { attacked });

function openVisited(): BrowserWindow {
  const webPreferences = { preload, sandbox: true };
  const window = new BrowserWindow({ show: false, width: 200, height: 100, webPreferences });
  bridge.addWindow(window);
  return window;
}

app.on("window-all-closed", () => {});
void app.whenReady().then(() =>
  protocol.handle("app", ({ url }) => {
    const headers = { "Content-Type": "text/html" };
    const script = url.includes("/subscribing/") ? `<script>${SUBSCRIBE}</script>` : "";
    return new Response(`<!doctype html><title>A page</title><body>${script}`, { headers });
  }),
);

/** Resolves when the page has heard that somebody is signed in. */
async function load({ webContents }: BrowserWindow, address: string): Promise<void> {
  const heard = new Promise<void>((resolve) => {
    const onTitle = (_event: unknown, title: string): void => {
      if (title !== "authenticated") return;
      webContents.off("page-title-updated", onTitle);
      resolve();
    };
    webContents.on("page-title-updated", onTitle);
  });
  await webContents.loadURL(address);
  await heard;
}

interface OpenMessage {
  readonly type: string;
  readonly id: unknown;
  readonly command?: { readonly name?: string; readonly options?: unknown };
  readonly request: { readonly url: string };
}

/** As many an app has it: whoever asks is served, with whatever the client can do. */
function letEverybodyIn(client: AuthClient): { addWindow(window: BrowserWindow): void } {
  ipcMain.on("open", ({ ports }) => serve(ports[0]!));
  const call = async (name: string, options: unknown): Promise<unknown> =>
    (client as unknown as Record<string, (options: unknown) => unknown>)[name]!(options);
  function serve(port: MessagePortMain): void {
    port.on("message", ({ data, ports: [own] }) => {
      const { type, id, command, request } = (data ?? {}) as OpenMessage;
      if (type === "subscribe") port.postMessage({ type: "state", state: client.getState() });
      else if (type === "fetch") {
        own?.start();
        void client.fetch(request.url).catch(() => {});
      } else {
        call(command?.name ?? "", command?.options).then(
          (value) => port.postMessage({ type: "answer", id, value }),
          () => port.postMessage({ type: "answer", id, value: "tried" }),
        );
      }
    });
    port.start();
  }
  return { addWindow: () => {} };
}

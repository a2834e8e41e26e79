// An app under the double: its client with fake ports, its windows with the real preload.
import { createAuthClient, type AuthClient, type AuthConfig } from "@loopkey/core";
import {
  createFakeClock,
  createFakePorts,
  createFakeServer,
  type FakePorts,
  type FakeServer,
} from "@loopkey/core/testing";
import { onTestFinished } from "vitest";
import { preloadPath, serveAuth, type Refusal, type ServeAuthOptions } from "../../src/main/index.js";
import { connectAuth, type WindowAuth } from "../../src/renderer/index.js";
import {
  createElectronDouble,
  type DoubleBrowserWindow,
  type DoublePage,
  type ElectronDouble,
} from "../../src/testing/index.js";

export const ORIGIN = "app://notes";
export const PAGE = `${ORIGIN}/index.html`;

export interface TestApp {
  readonly double: ElectronDouble;
  readonly server: FakeServer;
  readonly ports: FakePorts;
  readonly client: AuthClient;
  readonly refused: Refusal[];
  /** A named window that shows the app's page. */
  readonly openWindow: (url?: string) => Promise<DoubleBrowserWindow>;
  /** The same, connected. */
  readonly openConnected: (url?: string) => Promise<WindowAuth>;
}

export interface TestAppOptions {
  readonly config?: Partial<AuthConfig>;
  readonly serve?: Partial<ServeAuthOptions>;
  readonly ports?: (ports: FakePorts) => Partial<FakePorts>;
  readonly person?: (url: string) => unknown;
}

export async function createTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const double = createElectronDouble();
  const clock = createFakeClock();
  const server = await createFakeServer({ clock });
  const fake = createFakePorts({ server, clock, ...(options.person && { person: options.person }) });
  const ports: FakePorts = { ...fake, ...options.ports?.(fake) };
  const client = createAuthClient(
    { issuer: server.issuer, clientId: "notes", apiOrigins: ["https://api.example"], ...options.config },
    ports,
  );
  const refused: Refusal[] = [];
  const over = new AbortController();
  const served = serveAuth(client, {
    origins: [ORIGIN],
    claims: ["sub", "name"],
    onRefused: (each) => refused.push(each),
    signal: over.signal,
    electron: double.main,
    ...options.serve,
  });
  onTestFinished(async () => {
    over.abort();
    for (const window of double.main.BrowserWindow.getAllWindows()) window.destroy();
    await client.close();
  });

  async function openWindow(url = PAGE): Promise<DoubleBrowserWindow> {
    const window = new double.main.BrowserWindow({ webPreferences: { preload: preloadPath } });
    served.addWindow(window);
    await window.loadURL(url);
    return window;
  }

  return {
    double,
    server,
    ports,
    client,
    refused,
    openWindow,
    openConnected: async (url) => connectTo((await openWindow(url)).webContents.page),
  };
}

/** What a script of the page does first. */
export function connectTo(page: DoublePage): WindowAuth {
  return connectAuth({ window: page.window });
}

// A setting for faults without sockets and with virtual time.
import type { AuthConfig } from "../../src/index.js";
import {
  createFakeClock,
  createFakePorts,
  createFakeServer,
  createFakeListener,
  type FakeServerOptions,
  type FaultSetting,
  type SeenPage,
} from "../../src/testing/index.js";

interface SettingOptions {
  readonly config?: Partial<AuthConfig>;
  readonly serverOptions?: Partial<FakeServerOptions>;
}

export async function createVirtualSetting(options: SettingOptions = {}): Promise<FaultSetting> {
  const { config = {}, serverOptions } = options;
  const clock = createFakeClock();
  const offers = ["par", "dpop", "device", "registration"] as const;
  const server = await createFakeServer({ clock, offers, ...serverOptions });
  const listener = createFakeListener();

  const isPosted = config.responseMode === "form_post";

  /** `isForm`: the server has answered with a page whose form goes there, and not with a redirect. */
  async function browse(url: string, isForm = false): Promise<SeenPage> {
    const { origin, pathname } = new URL(url);
    if (origin === server.issuer && pathname === "/authorize") return browse(server.authorize(url), isPosted);
    if (origin === server.issuer && pathname === "/logout") return browse(server.endSession(url));
    const answer = await (isForm ? listener.post(url) : listener.visit(url));
    if (typeof answer === "string") return browse(answer);
    return typeof answer === "number" ? {} : { outcome: answer.outcome };
  }

  return {
    server,
    config,
    browse: (url) => browse(url),
    isOverSockets: false,
    createPorts: ({ store, openBrowser }) => ({
      ...createFakePorts({ clock, server, listener, store }),
      openBrowser,
    }),
    limits: {
      requestTimeoutMs: 30_000,
      signInTimeoutMs: 300_000,
      signOutTimeoutMs: 60_000,
      pollsMs: 60_000,
      toleranceMs: 0,
    },
    advance: (ms) => clock.advance(ms),
    async close() {
      if (listener.isListening) throw new Error("A listener is still open.");
      if (clock.armed > 0) throw new Error(`${clock.armed} timers are still armed.`);
    },
  };
}

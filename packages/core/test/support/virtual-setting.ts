// A setting for faults without sockets and with virtual time.
import {
  createFakeClock,
  createFakePorts,
  createFakeServer,
  createFakeListener,
  type FaultSetting,
  type SeenPage,
} from "../../src/testing/index.js";

export async function createVirtualSetting(): Promise<FaultSetting> {
  const clock = createFakeClock();
  const server = await createFakeServer({ clock, offers: ["par", "dpop", "device", "registration"] });
  const listener = createFakeListener();

  async function browse(url: string): Promise<SeenPage> {
    const { origin, pathname } = new URL(url);
    if (origin === server.issuer && pathname === "/authorize") return browse(server.authorize(url));
    if (origin === server.issuer && pathname === "/logout") return browse(server.endSession(url));
    const answer = await listener.visit(url);
    if (typeof answer === "string") return browse(answer);
    return typeof answer === "number" ? {} : { outcome: answer.outcome };
  }

  return {
    server,
    browse,
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

export {
  clockContract,
  listenerContract,
  lockContract,
  storeContract,
  type ClockUnderTest,
  type ContractCase,
  type ListenerUnderTest,
} from "./contracts.js";
export { createFakeClock, type FakeClock } from "./fake-clock.js";
export { createFakeLock } from "./fake-lock.js";
export { createFakeListener, type FakeListener } from "./fake-listener.js";
export { createFakePorts, type FakePorts, type FakePortsOptions } from "./fake-ports.js";
export { createFakeServer } from "./fake-server.js";
export type { Outcome } from "./fake-server/outcome.js";
export type { FakeServer, FakeServerOptions, Interception, Offer, SeenRequest } from "./fake-server/types.js";

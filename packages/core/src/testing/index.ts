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
export {
  createFakeServer,
  type FakeServer,
  type FakeServerOptions,
  type Interception,
  type SeenRequest,
} from "./fake-server.js";

export { clockContract, type ClockUnderTest } from "./clock-contract.js";
export { listenerContract, type ListenerUnderTest } from "./listener-contract.js";
export { storeContract } from "./store-contract.js";
export type { ContractCase } from "./contract-case.js";
export { lockContract } from "./lock-contract.js";
export { faultContract, type FaultCase, type FaultSetting, type SeenPage } from "./fault-contract.js";
export { fetchContract, ownConnectionContract, type FetchUnderTest } from "./fetch-contract.js";
export { asFetch, asResponse } from "./fetch-contract/as-fetch.js";
export type { ServeOrigin, WireAnswer, WireEnd, WireOrigin, WireRequest } from "./fetch-contract/wire.js";
export { createFakeClock, type FakeClock } from "./fake-clock.js";
export { createFakeLock } from "./fake-lock.js";
export { createFakeServerCache, type FakeServerCache } from "./fake-server-cache.js";
export { createFakeStamp } from "./fake-stamp.js";
export { createFakeListener, type FakeListener } from "./fake-listener.js";
export { serverCacheContract } from "./server-cache-contract.js";
export { stampContract } from "./stamp-contract.js";
export { createFakePorts, type FakePorts, type FakePortsOptions } from "./fake-ports.js";
export { createFakeServer } from "./fake-server.js";
export { reached } from "./reached.js";
export type { Fault, FaultArea, FaultEnd, FaultLimit } from "./fake-server/faults/fault.js";
export { DIFFERENCES, type Difference } from "./fake-server/differences.js";
export { FAULT_NAMES, FAULTS, type FaultName } from "./fake-server/faults/list.js";
export { firstHalf, type Outcome } from "./fake-server/outcome.js";
export type { FakeServer, FakeServerOptions, Offer } from "./fake-server/types.js";
export type { Interception, SeenRequest } from "./fake-server/switches.js";
export { coverModel, type CoverOptions, type FastCheck } from "./cover-model.js";
export type { Failure, ModelDriver, ModelSetting } from "./model/driver.js";
export type { Coverage, CoverageName, CoverReport, Verdict } from "./model/report.js";
export type { StateName } from "./model/public-state.js";
export type { StepName } from "./model/run.js";
export type { HiddenFact, Seen, Showing } from "./model/seen.js";
export type { WorldEventName } from "./model/world-events.js";
export { startIn, type StartedIn, type StartOptions, type StartOverrides } from "./start-in.js";
export {
  approves,
  comesBackLate,
  comesBackTwice,
  denies,
  hasNoBrowser,
  neverReturns,
  type FakePerson,
} from "./fake-persons.js";
export type { ScriptedAnswer } from "./fake-server/script.js";

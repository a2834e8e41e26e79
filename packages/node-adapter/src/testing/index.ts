// For tests of apps in Node: the fake authorization server on real sockets.
export { startFakeServer, type RunningFakeServer, type StartFakeServerOptions } from "./start-fake-server.js";
export { createServeOrigin, type ServeOriginOptions } from "./serve-origin.js";

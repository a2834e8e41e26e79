// @loopkey/core/light: what adapters and short-lived processes need, without the machine and the protocol.
export { AuthError } from "./ground/errors.js";
export type { AccessTokenOptions } from "./config/access-token-options.js";
export { resolveApiOrigins, type TokenTarget } from "./config/api-origins.js";
export { parseLoopbackUri } from "./config/loopback-uri.js";
export { createMemoryStore } from "./ports/memory-store.js";
export { keptAccessToken, type KeptToken } from "./session/read-kept-token.js";

export { createMemoryStore } from "./memory-store.js";
export { parseLoopbackUri, type LoopbackUri } from "./loopback-uri.js";
export type {
  AnswerPage,
  AuthPorts,
  Clock,
  ListenForRedirect,
  ListenForRedirectOptions,
  OpenBrowser,
  RedirectListening,
  RedirectResponse,
  RedirectVerdict,
  SessionStore,
  StoreInfo,
  StrayReason,
  StrayRequest,
} from "./ports.js";
export { Secret } from "./secret.js";

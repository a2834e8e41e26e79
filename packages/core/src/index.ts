export type { SignInOptions } from "./attempt.js";
export type { AuthConfig, Flow, ServerMetadata } from "./config.js";
export type { AccessTokenOptions } from "./access-tokens.js";
export type { ClientGrantType, ClientMetadata } from "./client-metadata.js";
export { createAuthClient, type AuthClient } from "./create-auth-client.js";
export { AuthError, type AuthErrorCode, type AuthErrorOptions, type Reason, type StepUp } from "./errors.js";
export { parseLoopbackUri, type LoopbackUri } from "./loopback-uri.js";
export { createMemoryStore } from "./memory-store.js";
export type { Degraded, SignOutResult, SignOutStep } from "./machine-types.js";
export type { Notice } from "./notices.js";
export type {
  AnswerPage,
  AuthPorts,
  Clock,
  ListenForRedirect,
  ListenForRedirectOptions,
  OpenBrowser,
  PortError,
  RedirectListening,
  RedirectResponse,
  RedirectVerdict,
  SessionStore,
  StoreInfo,
  StrayReason,
  StrayRequest,
  WithLock,
} from "./ports.js";
export { preflight, type PreflightOptions, type PreflightReport } from "./preflight.js";
export type { PreflightCheck, PreflightCheckName } from "./preflight-findings.js";
export type { ServerFeatures } from "./server-features.js";
export { registerClient, type RegisterClientOptions } from "./register-client.js";
export type { MetadataDifference, RegisteredClient, RegisteredMetadata } from "./registered-client.js";
export { Secret } from "./secret.js";
export type { Claims, Session } from "./session.js";
export type { SignOutOptions } from "./sign-outs.js";
export type { AuthState, Command, DeviceCode } from "./state.js";

export type { SignInOptions } from "./config/sign-in-options.js";
export type {
  ApiOrigin,
  AuthConfig,
  Flow,
  ResponseMode,
  ServerMetadata,
  TokenEndpointAuthMethod,
} from "./config/auth-config.js";
export type { ClientGrantType, ClientMetadata } from "./registration/client-metadata.js";
export type { AccessTokenOptions } from "./config/access-token-options.js";
export type { AuthClient, AuthorizeOptions, CloseOptions, SignOutOptions } from "./client/auth-client.js";
export { createAuthClient } from "./client/create-auth-client.js";
export { AuthError, type AuthErrorOptions, type Reason, type StepUp } from "./ground/errors.js";
export type {
  AuthErrorCode,
  AuthErrorDetail,
  AuthErrorDetails,
  RecordFault,
  ServerLack,
} from "./ground/error-codes.js";
export { parseLoopbackUri, type LoopbackUri } from "./config/loopback-uri.js";
export { createMemoryStore } from "./ports/memory-store.js";
export type { Notice } from "./config/notices.js";
export type {
  AnswerPage,
  AuthPorts,
  BareResponse,
  Clock,
  Fetch,
  FetchPort,
  HeldLock,
  ListenForRedirect,
  ListenForRedirectOptions,
  LoadOptions,
  OpenBrowser,
  PortError,
  PreparedSave,
  RedirectListening,
  RedirectMode,
  RedirectResponse,
  RedirectVerdict,
  RequestInitOfAny,
  ResponseOfAny,
  ServerCache,
  SessionStamp,
  SessionStore,
  StoreInfo,
  StrayReason,
  StrayRequest,
  WithLock,
} from "./ports/ports.js";
export type { HistoryEntry, HistoryReason, Journal } from "./ports/journal.js";
export { preflight, type PreflightOptions, type PreflightReport } from "./preflight/preflight.js";
export type { PreflightCheck, PreflightCheckName } from "./preflight/findings.js";
export type { ServerFeatures } from "./preflight/server-features.js";
export { registerClient, type RegisterClientOptions } from "./registration/register-client.js";
export type {
  MetadataDifference,
  RegisteredClient,
  RegisteredMetadata,
} from "./registration/registered-client.js";
export { Secret } from "./ground/secret.js";
export type { Claims, Degraded, Session } from "./session/session.js";
export type { SignOutResult, SignOutStep } from "./session/sign-out-result.js";
export type { AuthState, Command, DeviceCode } from "./client/state.js";

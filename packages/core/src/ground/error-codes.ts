// The codes of errors, and what `detail` may be for those where it is one of a few values: TypeScript checks a `switch` over it.

/** Stable names for what went wrong. Adding one is a minor change. */
export type AuthErrorCode =
  | "invalid_config"
  | "unsupported_by_server"
  | "insecure_endpoint"
  | "discovery_failed"
  | "port_unavailable"
  | "browser_failed"
  | "cancelled"
  | "timed_out"
  | "access_denied"
  | "authorization_failed"
  | "invalid_response"
  | "id_token_invalid"
  | "store_unavailable"
  | "record_corrupt"
  | "lock_timeout"
  | "lock_unavailable"
  | "temporarily_unavailable"
  | "sign_in_required"
  | "session_ended"
  | "answer_lost"
  | "signed_out"
  | "signed_out_elsewhere"
  | "account_changed"
  | "step_up_required"
  | "interaction_in_progress"
  | "origin_not_allowed"
  | "closed";

/** What a stored record, or what is kept in its place, is wrong in. Of the rest: the member's name. */
export type RecordFault =
  | "newer version" // whole, but a newer version of the app wrote it: it stays
  | "damaged" // a store that keeps it in parts has found them not to make one
  | "not JSON"
  | "not an object"
  | "v"
  | "sessionId"
  | "generation"
  | "issuer"
  | "clientId"
  | "subject"
  | "refreshToken"
  | "idToken"
  | "scope"
  | "savedAt"
  | "dpopKey"
  | "accessToken"
  | "idTokenIssuer"
  | "answersInDoubt"
  | "machine"
  | "clientSecret"
  | "clientSecretExpiresAt"
  | "response"
  | "refused"
  | "tokens"
  | "endpoints";

/** What the server lacks, by the name of the metadata (RFC 8414 2) or client metadata (RFC 7591 2) that would say otherwise. */
export type ServerLack =
  | "authorization_endpoint"
  | "token_endpoint"
  | "userinfo_endpoint"
  | "jwks_uri"
  | "registration_endpoint"
  | "device_authorization_endpoint"
  | "pushed_authorization_request_endpoint"
  | "response_types_supported"
  | "code_challenge_methods_supported"
  | "id_token_signing_alg_values_supported"
  | "dpop_signing_alg_values_supported"
  | "token_endpoint_auth_method"
  | "grant_types"
  | "response_types"
  | "redirect_uris"
  | "refresh_token";

export interface AuthErrorDetails {
  /** Nobody finished in time: because no browser opened, or because the code for another device ran out. Else absent. */
  timed_out: "browser_failed" | "expired_token";
  record_corrupt: RecordFault;
  unsupported_by_server: ServerLack;
}

/** The case within a code: one of a few values, or any text for a log (`ECONNREFUSED`, an HTTP status, a member's name). */
export type AuthErrorDetail<Code extends AuthErrorCode = AuthErrorCode> = Code extends keyof AuthErrorDetails
  ? AuthErrorDetails[Code]
  : string;

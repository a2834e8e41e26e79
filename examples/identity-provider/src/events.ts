// What the server tells its caller, in types.

export type RevocationReason =
  | "code-replayed"
  | "refresh-token-replayed"
  /** The client asked for it at the revocation endpoint. */
  | "client-revoked"
  | "session-ended";

export type Endpoint =
  | "authorization"
  | "token"
  | "device_authorization"
  | "pushed_authorization"
  | "registration";

export type IdentityProviderEvent =
  | {
      readonly type: "request";
      readonly method: string;
      /** Without the query, which may carry secrets. */
      readonly path: string;
      readonly status: number;
    }
  | {
      readonly type: "tokens-issued";
      readonly grantType: "authorization_code" | "refresh_token" | "device_code";
      readonly clientId: string;
      readonly subject: string;
      /** Names the family: the same for every token that came from one authorization. */
      readonly grantId: string;
      readonly refreshToken: boolean;
      readonly tokenType: string;
      /** The API it is for (RFC 8707). */
      readonly audience?: string;
    }
  | { readonly type: "device-code-issued"; readonly clientId: string }
  | { readonly type: "device-code-allowed"; readonly clientId: string; readonly subject: string }
  | { readonly type: "device-code-denied"; readonly clientId: string }
  /** An authorization request came by the back door (RFC 9126). */
  | { readonly type: "request-pushed"; readonly clientId: string }
  | { readonly type: "client-registered"; readonly clientId: string }
  | {
      readonly type: "api-refused";
      readonly path: string;
      readonly error: string;
      /** The API's reason, which it does not send. */
      readonly detail: string;
    }
  | {
      readonly type: "request-refused";
      readonly endpoint: Endpoint;
      readonly error: string;
      /** oidc-provider's reason, which it does not send to clients. */
      readonly detail?: string;
    }
  | { readonly type: "grant-revoked"; readonly grantId: string; readonly reason: RevocationReason }
  | { readonly type: "session-ended"; readonly subject: string; readonly sids: readonly string[] }
  | { readonly type: "server-error"; readonly error: Error };

export const SECRETS = [
  "code",
  "access_token",
  "refresh_token",
  "id_token",
  "device_code",
  "user_code",
  "request_uri",
  "registration_access_token",
] as const;

/** A code, token or reference as the client is handed it. */
export interface IssuedSecret {
  readonly kind: (typeof SECRETS)[number];
  readonly value: string;
}

export type Emit = (event: IdentityProviderEvent) => void;

// What may be turned on beside the default profile, and what each feature is when nothing more is said.

export interface DeviceCodeOptions {
  /** How long the person has. @default 600 */
  readonly expiresInSeconds?: number;
  /** Told to the client as `interval`; whoever asks sooner gets `slow_down`. @default 5 */
  readonly intervalSeconds?: number;
}

export interface DPoPOptions {
  /** The server's own endpoints take only proofs with a nonce of theirs (RFC 9449 8). @default false */
  readonly requireNonce?: boolean;
  /** The API takes only proofs with a nonce of its own, and sends a new one with each answer. @default false */
  readonly requireApiNonce?: boolean;
}

/** Where the protected APIs are; with `resources` the URL of one is its resource indicator. */
export type ApiPath = "/api/notes" | "/api/vault";

/** An API that takes only access tokens made for it. */
export interface ResourceOptions {
  /** Or the URL of an API elsewhere, which reads tokens of the kind "jwt" by itself. */
  readonly path: ApiPath | `http://${string}`;
  /** @default "opaque" */
  readonly accessTokenFormat?: "opaque" | "jwt";
  /** Space-separated: what a token for this API may carry. @default "notes:read" or "vault:read"; elsewhere nothing */
  readonly scope?: string;
}

/** What `/api/vault` asks of the sign-in behind a token (RFC 9470); `/api/notes` takes any. */
export interface StepUpOptions {
  /** One of these must have been reached; empty: any. @default [TWO_STEPS] */
  readonly acrValues?: readonly string[];
  /** How long ago the person may have signed in at most. @default any time */
  readonly maxAgeSeconds?: number;
}

/** All off by default. */
export interface FeatureOptions {
  /** Device code (RFC 8628), for every client. */
  readonly deviceCode?: DeviceCodeOptions;
  /** Pushed authorization requests (RFC 9126): taken beside others, or no others taken. */
  readonly pushedRequests?: "accepted" | "required";
  /** Proof of possession (RFC 9449). */
  readonly dpop?: DPoPOptions;
  /** Resource indicators (RFC 8707). */
  readonly resources?: readonly ResourceOptions[];
  /** A second step at sign-in for whoever asks for it with `acr_values`, and the API that needs it (RFC 9470). */
  readonly stepUp?: StepUpOptions;
  /** Anybody may register a public native client (RFC 7591). */
  readonly registration?: boolean;
}

export interface ResolvedFeatures {
  readonly deviceCode?: Required<DeviceCodeOptions>;
  readonly pushedRequests?: "accepted" | "required";
  readonly dpop?: Required<DPoPOptions>;
  readonly resources?: readonly Required<ResourceOptions>[];
  readonly stepUp?: { readonly acrValues: readonly string[]; readonly maxAgeSeconds: number | undefined };
  readonly registration: boolean;
}

/** `acr` of a sign-in with the password. */
export const PASSWORD = "urn:example:acr:password";
/** `acr` of a sign-in with the password and a one-time code. */
export const TWO_STEPS = "urn:example:acr:two-steps";

const SCOPES: Record<string, string | undefined> = { "/api/notes": "notes:read", "/api/vault": "vault:read" };

export function resolveFeatures(options: FeatureOptions): ResolvedFeatures {
  const { deviceCode, pushedRequests, dpop, resources, stepUp, registration = false } = options;
  return {
    ...(deviceCode && {
      deviceCode: {
        expiresInSeconds: seconds("deviceCode.expiresInSeconds", deviceCode.expiresInSeconds ?? 600),
        intervalSeconds: seconds("deviceCode.intervalSeconds", deviceCode.intervalSeconds ?? 5),
      },
    }),
    ...(pushedRequests && { pushedRequests }),
    ...(dpop && { dpop: { requireNonce: false, requireApiNonce: false, ...dpop } }),
    ...(resources && {
      resources: resources.map((resource) => ({
        accessTokenFormat: "opaque" as const,
        scope: SCOPES[resource.path] ?? "",
        ...resource,
      })),
    }),
    ...(stepUp && {
      stepUp: { acrValues: stepUp.acrValues ?? [TWO_STEPS], maxAgeSeconds: stepUp.maxAgeSeconds },
    }),
    registration,
  };
}

// Checked here: oidc-provider would only notice when it issues the first token, and answer 500.
export function seconds(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new TypeError(`${name} must be a whole number of seconds above 0, not ${value}`);
}

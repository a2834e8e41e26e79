// What a native client may say of itself when it registers (RFC 7591 2): checked before anything is sent.
import { AuthError } from "../ground/errors.js";
import { checkLoopback } from "../config/option-checks.js";

const DEVICE_CODE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";

export type ClientGrantType = "authorization_code" | "refresh_token" | typeof DEVICE_CODE_GRANT;

/** Client metadata by its names in RFC 7591 2 and OpenID Connect Dynamic Client Registration 1.0 2. */
export interface ClientMetadata {
  /** Shown to the person who signs in. */
  readonly client_name?: string;
  readonly client_uri?: string;
  readonly logo_uri?: string;
  readonly tos_uri?: string;
  readonly policy_uri?: string;
  readonly contacts?: readonly string[];
  readonly software_id?: string;
  readonly software_version?: string;
  /** Loopback only, as for `redirectUris` of the configuration. @default ['http://127.0.0.1/callback'] */
  readonly redirect_uris?: readonly string[];
  /** The same for signing out; an empty list registers none. @default ['http://127.0.0.1/logged-out'] */
  readonly post_logout_redirect_uris?: readonly string[];
  /** Space-separated; what the client may ask for. @default what the server gives to new clients */
  readonly scope?: string;
  /** `authorization_code` must be among them. @default ['authorization_code', 'refresh_token'] */
  readonly grant_types?: readonly ClientGrantType[];
  /** Only tokens bound to a key are issued to this client (RFC 9449 5.2). */
  readonly dpop_bound_access_tokens?: boolean;
  /** How ID tokens are signed; never with a shared secret. @default the server's, mostly RS256 */
  readonly id_token_signed_response_alg?: string;
}

/** What every native public client is (RFC 8252 8.4): no option changes it. */
const FIXED = {
  application_type: "native",
  token_endpoint_auth_method: "none",
  response_types: ["code"],
} as const;

/** How each member looks in JSON. */
export const MEMBERS = {
  client_name: "text",
  client_uri: "text",
  logo_uri: "text",
  tos_uri: "text",
  policy_uri: "text",
  contacts: "list",
  software_id: "text",
  software_version: "text",
  redirect_uris: "list",
  post_logout_redirect_uris: "list",
  scope: "text",
  grant_types: "list",
  dpop_bound_access_tokens: "flag",
  id_token_signed_response_alg: "text",
} as const satisfies Record<keyof ClientMetadata, MemberKind>;

export type MemberKind = "text" | "list" | "flag";

const GRANT_TYPES: readonly string[] = ["authorization_code", "refresh_token", DEVICE_CODE_GRANT];

/** The metadata as it is sent. */
export type RegistrationRequest = ClientMetadata & typeof FIXED;

/** Checks the metadata and fills in the defaults. Throws `invalid_config`, its detail the member. */
export function resolveClientMetadata(metadata: ClientMetadata): RegistrationRequest {
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata))
    throw new AuthError(
      "invalid_config",
      'The client metadata must be an object, like { client_name: "…" }.',
    );
  for (const [name, value] of Object.entries(metadata)) {
    if (Object.hasOwn(FIXED, name))
      throw invalid(name, "is always that of a native public client. Leave it out");
    if (!isKnown(name)) throw invalid(name, `is not known. Known are ${Object.keys(MEMBERS).join(", ")}`);
    if (value !== undefined && !isOfKind(MEMBERS[name], value))
      throw invalid(name, `must be ${KINDS[MEMBERS[name]]}`);
  }
  const redirectUris = metadata.redirect_uris ?? ["http://127.0.0.1/callback"];
  const logoutUris = metadata.post_logout_redirect_uris ?? ["http://127.0.0.1/logged-out"];
  const grantTypes = metadata.grant_types ?? ["authorization_code", "refresh_token"];
  if (redirectUris.length === 0)
    throw invalid("redirect_uris", 'must not be empty. Write ["http://127.0.0.1/callback"]');
  checkLoopback("redirect_uris", redirectUris);
  checkLoopback("post_logout_redirect_uris", logoutUris);
  const strange = grantTypes.find((grant) => !GRANT_TYPES.includes(grant));
  if (strange !== undefined)
    throw invalid("grant_types", `has ${JSON.stringify(strange)}. Known are ${GRANT_TYPES.join(", ")}`);
  if (!grantTypes.includes("authorization_code"))
    throw invalid("grant_types", 'must have "authorization_code": it is how people sign in');
  if (/^(none|HS\d+)$/.test(metadata.id_token_signed_response_alg ?? ""))
    throw invalid("id_token_signed_response_alg", 'needs no secret to check, so it is one like "RS256"');
  const { post_logout_redirect_uris: _, ...given } = metadata;
  return {
    ...given,
    ...FIXED,
    grant_types: grantTypes,
    redirect_uris: redirectUris,
    ...(logoutUris.length === 0 ? {} : { post_logout_redirect_uris: logoutUris }),
  };
}

const KINDS: Readonly<Record<MemberKind, string>> = {
  text: "a string with something in it",
  list: "a list of strings",
  flag: "true or false",
};

export function isOfKind(kind: MemberKind, value: unknown): boolean {
  if (kind === "flag") return typeof value === "boolean";
  if (kind === "text") return typeof value === "string" && value.trim() !== "";
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

function isKnown(name: string): name is keyof typeof MEMBERS {
  return Object.hasOwn(MEMBERS, name);
}

function invalid(name: string, why: string): AuthError {
  return new AuthError("invalid_config", `The client metadata "${name}" ${why}.`, { detail: name });
}

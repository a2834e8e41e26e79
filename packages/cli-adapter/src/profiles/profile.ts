// What `login` remembers of a sign-in: what it takes to use the session again, and nothing that is secret.
import type { AuthConfig } from "@loopkey/core";

/** Options of the configuration that are remembered as they are. A secret is none of them: it is kept with the session. */
type Remembered = Pick<
  AuthConfig,
  | "server"
  | "metadataUrl"
  | "idTokenIssuer"
  | "tokenEndpointAuthMethod"
  | "scope"
  | "redirectUris"
  | "postLogoutRedirectUris"
  | "authorizationParams"
  | "tokenParams"
  | "responseMode"
  | "keepResponseMembers"
  | "bearerTokenTypes"
  | "endSessionUrl"
  | "resource"
  | "apiOrigins"
  | "dpop"
  | "keepAccessToken"
>;

export interface Profile extends Remembered {
  readonly issuer: string;
  readonly clientId: string;
  /** The kind of store. */
  readonly store: string;
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isObject: Check = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);
const isParams: Check = (value) => isObject(value) && Object.values(value as object).every(isText);
const isTextOrTexts: Check = (value) => isText(value) || isTexts(value);

const REQUIRED: Readonly<Record<"issuer" | "clientId" | "store", Check>> = {
  issuer: isText,
  clientId: isText,
  store: isText,
};

const OPTIONAL: Readonly<Record<keyof Remembered, Check>> = {
  server: isObject,
  metadataUrl: isText,
  idTokenIssuer: isTextOrTexts,
  tokenEndpointAuthMethod: isText,
  scope: isText,
  redirectUris: isTexts,
  postLogoutRedirectUris: isTexts,
  authorizationParams: isParams,
  tokenParams: isParams,
  responseMode: isText,
  keepResponseMembers: isTexts,
  bearerTokenTypes: isTexts,
  endSessionUrl: isText,
  resource: isTextOrTexts,
  apiOrigins: Array.isArray,
  dpop: (value) => typeof value === "boolean",
  keepAccessToken: isText,
};

/** The profile in what a file says; undefined when a member is missing or of the wrong type. Values are the core's to judge. */
export function readProfile(file: Readonly<Record<string, unknown>>): Profile | undefined {
  const present = Object.entries({ ...REQUIRED, ...OPTIONAL }).filter(
    ([name]) => Object.hasOwn(REQUIRED, name) || file[name] !== undefined,
  );
  if (!present.every(([name, holds]) => holds(file[name]))) return undefined;
  return Object.fromEntries(present.map(([name]) => [name, file[name]])) as unknown as Profile;
}

/** What the core is told of it. */
export function configOf(profile: Profile): AuthConfig {
  const { store: _, issuer, server, ...options } = profile;
  return { ...(server ? { server } : { issuer }), ...options };
}

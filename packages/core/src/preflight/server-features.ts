// What a server says it offers beyond a sign-in. Information: nothing of it keeps anybody from signing in.
import type { AuthorizationServer } from "../oauth/discovery.js";

/** What the metadata names. `false`: it does not, which many servers leave out though they have it. */
export interface ServerFeatures {
  /** Refresh tokens (RFC 6749 6), by `grant_types_supported`; `false`: the list is there and lacks them. Absent: it is not. */
  readonly refresh?: boolean;
  readonly userInfo: boolean;
  /** RFC 7009. */
  readonly revocation: boolean;
  /** OpenID Connect RP-Initiated Logout 1.0. */
  readonly endSession: boolean;
  /** RFC 8628. */
  readonly deviceCode: boolean;
  /** RFC 9126. */
  readonly pushedAuthorization: boolean;
  /** RFC 9449. */
  readonly dpop: boolean;
  /** RFC 7591. */
  readonly registration: boolean;
}

/** For people. */
const NAMES: Readonly<Record<keyof ServerFeatures, string>> = {
  refresh: "refresh tokens",
  userInfo: "userinfo",
  revocation: "revocation",
  endSession: "logout",
  deviceCode: "device code",
  pushedAuthorization: "pushed authorization requests",
  dpop: "DPoP",
  registration: "registration",
};

export function readFeatures(server: AuthorizationServer): ServerFeatures {
  const grants: unknown = server.grant_types_supported;
  return {
    ...(Array.isArray(grants) ? { refresh: grants.includes("refresh_token") } : {}),
    userInfo: server.userinfo_endpoint !== undefined,
    revocation: server.revocation_endpoint !== undefined,
    endSession: server.end_session_endpoint !== undefined,
    deviceCode: server.device_authorization_endpoint !== undefined,
    pushedAuthorization: server.pushed_authorization_request_endpoint !== undefined,
    dpop: server.dpop_signing_alg_values_supported !== undefined,
    registration: server.registration_endpoint !== undefined,
  };
}

/** One sentence for each: offered, not offered, not told. Only a list says that something is not offered. */
export function describeFeatures(features: ServerFeatures): string {
  const names = Object.keys(NAMES) as (keyof ServerFeatures)[];
  const list = (what: string, holds: (name: keyof ServerFeatures) => boolean): string[] => {
    const found = names.filter(holds).map((name) => NAMES[name]);
    return found.length === 0 ? [] : [`${what}: ${found.join(", ")}.`];
  };
  const isListed = (name: keyof ServerFeatures): boolean => name === "refresh" && features.refresh === false;
  return [
    ...list("Offered", (name) => features[name] === true),
    ...list("Not offered", isListed),
    ...list("Not told", (name) => features[name] !== true && !isListed(name)),
  ].join(" ");
}

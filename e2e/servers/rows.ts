// The servers of the tests, and what each of them is known to do. docs/servers.md says it in words.
import type { AuthErrorCode, SignInOptions, SignOutStep } from "@loopkey/core";
import { betterAuth, betterAuthByRegistration } from "./better-auth/index.js";
import { djangoOAuthToolkit, djangoOAuthToolkitByMetadata } from "./django-oauth-toolkit/index.js";
import { glewlwyd } from "./glewlwyd.js";
import { hydra } from "./hydra/index.js";
import { keycloak } from "./keycloak.js";
import { oidcProvider } from "./oidc-provider.js";
import { openAuth, REFUSED_BY_OPENAUTH } from "./openauth/index.js";
import type { Intention } from "./person.js";
import type { KnownServer } from "./server.js";
import { zitadel } from "./zitadel/index.js";

/** What a server is known to do differently from the others. */
export interface Row {
  readonly server: KnownServer;
  /** Whether it says who signed in: by an ID token, and at a userinfo endpoint. */
  readonly openId: boolean;
  readonly refreshTokens: "rotated" | "kept";
  readonly signOut: {
    readonly revocation: SignOutStep;
    readonly endSession: SignOutStep;
    /** The refresh token, at the server, afterwards. */
    readonly leaves: "a dead refresh token" | "a living refresh token";
    /** Whether the same browser is asked for the password at the next sign-in. */
    readonly asksAgain: boolean;
  };
  /** What becomes of the newest refresh token when a spent one comes back; `fails` where the answer is no verdict. */
  readonly replay?: "ends the session" | "succeeds" | "fails, and the session stays";
  /** It tells spent refresh tokens by whole seconds: within the same one they are good. */
  readonly countsInSeconds?: true;
  /** It has device codes for the client (RFC 8628). */
  readonly devices?: true;
  readonly refusals: readonly Refusal[];
  /** Of whom the server says no in a redirect that does not carry the `state`. */
  readonly refusesWithoutState?: Intention;
}

interface Refusal {
  readonly when: string;
  readonly intention?: Intention;
  readonly options?: SignInOptions;
  /** What the server sends the browser back with. */
  readonly error: string;
  /** How the sign-in ends. */
  readonly code: AuthErrorCode;
}

/** Asked again, in case they have allowed it before. */
const PERSON_REFUSES: Refusal = {
  when: "the person refuses",
  intention: { consent: "refuse" },
  options: { prompt: "consent" },
  error: "access_denied",
  code: "access_denied",
};

/** `prompt=none` where nobody is signed in at the server. */
function silently(error: string): Refusal {
  const options = { prompt: "none" };
  return { when: "nobody may be asked", options, error, code: "authorization_failed" };
}

/** Loopkey's default scope, at a server where nobody has defined all of it. */
const UNKNOWN_SCOPE: Refusal = {
  when: "a scope is not defined there",
  options: { scope: "openid offline_access" },
  error: "invalid_scope",
  code: "authorization_failed",
};

export const ROWS: readonly Row[] = [
  {
    server: oidcProvider,
    openId: true,
    refreshTokens: "rotated",
    signOut: { revocation: "done", endSession: "done", leaves: "a dead refresh token", asksAgain: true },
    replay: "ends the session",
    refusals: [PERSON_REFUSES, silently("login_required")],
  },
  {
    server: glewlwyd,
    openId: true,
    refreshTokens: "rotated",
    signOut: { revocation: "failed", endSession: "done", leaves: "a living refresh token", asksAgain: true },
    replay: "fails, and the session stays",
    refusals: [silently("interaction_required")],
  },
  {
    server: djangoOAuthToolkit,
    openId: true,
    refreshTokens: "rotated",
    signOut: {
      revocation: "unsupported",
      endSession: "unsupported",
      leaves: "a living refresh token",
      asksAgain: false,
    },
    replay: "succeeds",
    refusals: [PERSON_REFUSES, UNKNOWN_SCOPE],
  },
  {
    server: djangoOAuthToolkitByMetadata,
    openId: true,
    refreshTokens: "kept",
    signOut: {
      revocation: "done",
      endSession: "unsupported",
      leaves: "a dead refresh token",
      asksAgain: false,
    },
    refusals: [PERSON_REFUSES],
  },
  {
    server: openAuth,
    openId: false,
    refreshTokens: "rotated",
    signOut: {
      revocation: "unsupported",
      endSession: "unsupported",
      leaves: "a living refresh token",
      asksAgain: true,
    },
    replay: "succeeds",
    refusals: [],
    refusesWithoutState: { username: REFUSED_BY_OPENAUTH },
  },
  {
    server: betterAuth,
    openId: true,
    refreshTokens: "rotated",
    signOut: { revocation: "done", endSession: "done", leaves: "a dead refresh token", asksAgain: true },
    replay: "ends the session",
    refusals: [PERSON_REFUSES, silently("login_required")],
  },
  {
    server: betterAuthByRegistration,
    openId: true,
    refreshTokens: "rotated",
    signOut: { revocation: "done", endSession: "failed", leaves: "a dead refresh token", asksAgain: false },
    replay: "ends the session",
    refusals: [PERSON_REFUSES, silently("login_required")],
  },
  {
    server: keycloak,
    openId: true,
    refreshTokens: "rotated",
    signOut: { revocation: "done", endSession: "done", leaves: "a dead refresh token", asksAgain: true },
    replay: "ends the session",
    countsInSeconds: true,
    devices: true,
    refusals: [PERSON_REFUSES, silently("login_required")],
  },
  {
    server: hydra,
    openId: true,
    refreshTokens: "rotated",
    signOut: { revocation: "done", endSession: "done", leaves: "a dead refresh token", asksAgain: true },
    replay: "ends the session",
    refusals: [PERSON_REFUSES, silently("login_required")],
  },
  {
    server: zitadel,
    openId: true,
    refreshTokens: "rotated",
    signOut: { revocation: "done", endSession: "done", leaves: "a dead refresh token", asksAgain: true },
    replay: "succeeds",
    devices: true,
    refusals: [],
  },
];

// What of a state a window may see: what is named here, and nothing else.
import type { AuthState, Claims, Command, DeviceCode, Reason, Session } from "@loopkey/core";

/** What crosses only where the app says so: with it a hostile page could sign the person in as somebody else. */
export type Allowed = "url" | "submitRedirect" | "useDeviceCode";
export const ALLOWED: readonly Allowed[] = ["url", "submitRedirect", "useDeviceCode"];

export interface View {
  readonly claims: readonly string[];
  readonly allow: ReadonlySet<Allowed>;
}

const ALWAYS: ReadonlySet<Command> = new Set(["signIn", "cancel", "signOut"]);

export function mayCall(command: Command, { allow }: View): boolean {
  return ALWAYS.has(command) || (allow as ReadonlySet<string>).has(command);
}

/** Own members only: a claim may be called "constructor". */
export function claimsFor(claims: Claims, view: View): Claims {
  return Object.fromEntries(
    view.claims.filter((name) => Object.hasOwn(claims, name)).map((name) => [name, claims[name]]),
  );
}

export function sessionFor(session: Session, view: View): Session {
  const { subject, claims, scope, accessTokenExpiresAt } = session;
  return {
    scope,
    ...(subject !== undefined && view.claims.includes("sub") && { subject }),
    ...(claims !== undefined && { claims: claimsFor(claims, view) }),
    ...(accessTokenExpiresAt !== undefined && { accessTokenExpiresAt }),
  };
}

/** Each member by name: what the core comes to tell one day does not cross until it is looked at here. */
export function stateFor(state: AuthState, view: View): AuthState {
  const { kind, persistent } = state.store;
  const can = state.can.filter((command) => mayCall(command, view));
  const common = { store: { kind, persistent }, can };
  switch (state.status) {
    case "restoring":
      return { ...common, status: state.status };
    case "idle":
      return { ...common, status: state.status, ...(state.reason && { reason: reasonFor(state.reason) }) };
    case "awaiting-callback":
      return { ...common, ...waitingFor(state, view) };
    case "exchanging":
      return { ...common, status: state.status, ...(state.base && { base: sessionFor(state.base, view) }) };
    case "authenticated":
    case "refreshing": {
      const { status, session, degraded } = state;
      const lastFailure = degraded && {
        degraded: {
          ...reasonFor(degraded),
          ...(degraded.nextRetryAt !== undefined && { nextRetryAt: degraded.nextRetryAt }),
        },
      };
      return { ...common, status, session: sessionFor(session, view), ...lastFailure };
    }
    case "logged-out":
      return { ...common, status: state.status, reason: reasonFor(state.reason) };
    case "logging-out":
  }
  // Its address is for the browser alone: it leads to the ID token.
  return { ...common, status: "logging-out" };
}

type Waiting = Extract<AuthState, { readonly status: "awaiting-callback" }>;

function waitingFor({ status, step, deadline, url, browser, device, base }: Waiting, view: View) {
  return {
    status,
    step,
    deadline,
    ...(browser !== undefined && { browser }),
    ...(base && { base: sessionFor(base, view) }),
    ...(url !== undefined && view.allow.has("url") && { url }),
    ...(device && view.allow.has("useDeviceCode") && { device: deviceFor(device) }),
  };
}

function deviceFor({
  userCode,
  verificationUri,
  verificationUriComplete,
  expiresAt,
}: DeviceCode): DeviceCode {
  return {
    userCode,
    verificationUri,
    expiresAt,
    ...(verificationUriComplete !== undefined && { verificationUriComplete }),
  };
}

function reasonFor({ code, message, detail, hint, at }: Reason): Reason {
  const same = {
    code,
    message,
    at,
    ...(detail !== undefined && { detail }),
    ...(hint !== undefined && { hint }),
  };
  // Which detail goes with which code is lost on the compiler, once each stands by itself.
  return same as Reason;
}

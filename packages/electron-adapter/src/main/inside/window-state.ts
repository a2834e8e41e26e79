// What of a state a window may see: what is named here, and nothing else.
import type { AuthState, Claims, Command, Session } from "@loopkey/core";

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
  const common = { store: state.store, can: state.can.filter((command) => mayCall(command, view)) };
  switch (state.status) {
    case "restoring":
      return { ...common, status: state.status };
    case "idle":
      return { ...common, status: state.status, ...(state.reason && { reason: state.reason }) };
    case "awaiting-callback": {
      const { status, step, deadline, url, browser, device, base } = state;
      return {
        ...common,
        status,
        step,
        deadline,
        ...(browser !== undefined && { browser }),
        ...(base && { base: sessionFor(base, view) }),
        ...(url !== undefined && view.allow.has("url") && { url }),
        ...(device && view.allow.has("useDeviceCode") && { device }),
      };
    }
    case "exchanging":
      return { ...common, status: state.status, ...(state.base && { base: sessionFor(state.base, view) }) };
    case "authenticated":
    case "refreshing": {
      const { status, session, degraded } = state;
      return { ...common, status, session: sessionFor(session, view), ...(degraded && { degraded }) };
    }
    case "logged-out":
      return { ...common, status: state.status, reason: state.reason };
    case "logging-out":
  }
  // Its address is for the browser alone: it leads to the ID token.
  return { ...common, status: "logging-out" };
}

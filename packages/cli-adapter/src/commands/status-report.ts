// The state of a session as `status` and `login` print it: in lines, and in the JSON of the contract.
import type { AuthState, Reason, Session, StoreInfo } from "@loopkey/core";
import { inline, isoTime } from "../terminal/text.js";
import type { Account } from "./frame.js";

/** The JSON of `status --json`. Times are ISO 8601. */
export interface StatusReport extends Account {
  readonly v: 1;
  readonly status: AuthState["status"];
  readonly subject: string | null;
  readonly scope: readonly string[];
  readonly accessTokenExpiresAt: string | null;
  /** Absent: it does not end, or there is none. */
  readonly clientSecretExpiresAt?: string;
  readonly store: { readonly kind: string; readonly persistent: boolean };
  readonly reason: {
    readonly code: string;
    readonly message: string;
    readonly detail: string | null;
    readonly hint: string | null;
    readonly at: string | null;
  } | null;
  /** Absent: there are none. */
  readonly otherProfiles?: readonly string[];
}

export function toReport(account: Account, state: AuthState): StatusReport {
  const session = sessionOf(state);
  const { kind, persistent } = state.store;
  return {
    v: 1,
    profile: account.profile,
    status: state.status,
    issuer: account.issuer,
    clientId: account.clientId,
    subject: session?.subject ?? null,
    scope: session?.scope ?? [],
    accessTokenExpiresAt: isoTime(session?.accessTokenExpiresAt),
    ...secretEndOf(session),
    store: { kind, persistent },
    reason: toReason(reasonOf(state)),
  };
}

/** Where nobody has ever signed in: not even a server is known. */
export function emptyReport(account: Account, store: StoreInfo): StatusReport {
  return toReport(account, { status: "idle", store, can: [] });
}

/** For people: who is signed in, where, with what. */
export function sessionLines(account: Account, state: AuthState, session: Session): string[] {
  const facts = [
    ["server", account.issuer],
    ["client", account.clientId],
    ["scope", session.scope.join(" ")],
    ["store", state.store.kind],
    ["profile", account.profile],
    ["secret", secretLine(session)],
  ] as const;
  return [
    `Signed in${nameOf(session)}.`,
    ...facts.flatMap(([name, value]) => (value ? [`  ${`${name}:`.padEnd(9)}${inline(value)}`] : [])),
  ];
}

function secretEndOf(session: Session | undefined): Pick<StatusReport, "clientSecretExpiresAt"> {
  const at = isoTime(session?.clientSecretExpiresAt);
  return at === null ? {} : { clientSecretExpiresAt: at };
}

function secretLine({ clientSecretExpiresAt: at }: Session): string | undefined {
  if (at === undefined) return undefined;
  const isOver = at <= Date.now();
  return `${isOver ? "ended" : "ends"} ${isoTime(at)}${isOver ? "; register the client again" : ""}`;
}

export function sessionOf(state: AuthState): Session | undefined {
  if ("session" in state) return state.session;
  return "base" in state ? state.base : undefined;
}

/** Why nobody is signed in, or why that is over with the access token. */
export function reasonOf(state: AuthState): Reason | undefined {
  if ("reason" in state) return state.reason;
  return "degraded" in state && isUpToPerson(state) ? state.degraded : undefined;
}

/** The server renews the session no more, and there is no access token: only a sign-in helps. */
export function isUpToPerson(state: AuthState): boolean {
  if (!("degraded" in state) || state.degraded?.code !== "sign_in_required") return false;
  return (state.session.accessTokenExpiresAt ?? 0) <= Date.now();
}

function nameOf({ subject, claims = {} }: Session): string {
  const name = [claims["name"], claims["preferred_username"], claims["email"]].find(
    (claim) => typeof claim === "string" && claim !== "",
  );
  if (subject === undefined) return name === undefined ? "" : ` as ${inline(name)}`;
  return name === undefined ? ` as ${inline(subject)}` : ` as ${inline(name)} (${inline(subject)})`;
}

function toReason(reason: Reason | undefined): StatusReport["reason"] {
  if (!reason) return null;
  const { code, message, detail = null, hint = null, at } = reason;
  return { code, message, detail, hint, at: isoTime(at) };
}

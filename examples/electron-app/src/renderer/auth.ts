// What the page has of the session, by name.
import type { connectAuth } from "@loopkey/electron-adapter/renderer";

export type { Session } from "@loopkey/core";
export type Auth = ReturnType<typeof connectAuth>;
export type AuthState = ReturnType<Auth["getState"]>;
export type StateOf<Status extends AuthState["status"]> = AuthState & { readonly status: Status };

/** What a failed call says to a person. */
export interface Failure {
  readonly code?: string;
  readonly message: string;
  readonly hint?: string;
}

/** Whatever was thrown, in those words. */
export function toFailure(error: unknown): Failure {
  if (!(error instanceof Error)) return { message: String(error) };
  const { message, code, hint } = error as Error & Partial<Failure>;
  return { message, ...(code !== undefined && { code }), ...(hint !== undefined && { hint }) };
}

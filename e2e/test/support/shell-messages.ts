// What the shell and its test say to one another, a line each.
import type { AuthErrorCode, AuthState } from "@loopkey/core";

export interface FromShell {
  readonly id: number;
  readonly call: "signIn" | "signOut" | "cancel" | "submitRedirect";
  readonly argument?: string;
}

export type ToShell =
  | { readonly state: AuthState }
  | { readonly id: number; readonly result: unknown }
  | {
      readonly id: number;
      readonly error: {
        readonly code: AuthErrorCode;
        readonly message: string;
        readonly hint: string | undefined;
      };
    };

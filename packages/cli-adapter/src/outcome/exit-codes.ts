// The exit codes, and which error leads to which.

export const EXIT = {
  done: 0,
  failed: 1,
  wrongUsage: 2,
  /** Nobody is signed in, or no longer: a script runs `login` and tries again. */
  signInNeeded: 4,
  /** Ctrl-C, and SIGTERM too. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Of a profile file that cannot be used: its options are wrong, but not those of the command line. */
export const PROFILE_FILE = "profile_file";

const SIGN_IN_NEEDED: ReadonlySet<string> = new Set([
  "sign_in_required",
  "session_ended",
  "answer_lost",
  "signed_out",
  "signed_out_elsewhere",
  "account_changed",
  "step_up_required",
  // It was read, and no process will ever understand it: only a sign-in replaces it.
  "record_corrupt",
]);

/** `code` and `detail` are those of an AuthError. Codes to come count as failed. */
export function exitCodeOf(code: string, detail?: string): ExitCode {
  if (SIGN_IN_NEEDED.has(code)) return EXIT.signInNeeded;
  if (code === "cancelled") return EXIT.interrupted;
  const isConfig = code === "invalid_config" || (code === "insecure_endpoint" && detail === "issuer");
  return isConfig && detail !== PROFILE_FILE ? EXIT.wrongUsage : EXIT.failed;
}

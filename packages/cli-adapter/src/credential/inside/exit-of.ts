// The exit code of a contract that says by it why there is no token.
import { EXIT, type ExitCode } from "../../outcome/exit-codes.js";
import type { NoToken } from "../contract.js";

export function exitOf({ why, failure }: NoToken): ExitCode {
  if (why === "nobody") return EXIT.signInNeeded;
  return failure.exitCode === EXIT.done ? EXIT.failed : failure.exitCode;
}

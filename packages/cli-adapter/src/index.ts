export {
  createAuthCommands,
  type AuthCommands,
  type AuthCommandsOptions,
  type ClientSource,
} from "./commands/auth-commands.js";
export type { Account, Command, CommandOptions, Globals } from "./commands/frame.js";
export type { ExplainReport } from "./commands/explain.js";
export type { LoginOptions } from "./commands/login.js";
export type { LogoutOptions } from "./commands/logout.js";
export type { StatusReport } from "./commands/status-report.js";
export { EXIT, type ExitCode } from "./outcome/exit-codes.js";
export { reportError, type ReportErrorOptions } from "./outcome/report-error.js";
export type { CommandIO, Foreground, Output } from "./terminal/io.js";
export { runInProcess } from "./terminal/process.js";

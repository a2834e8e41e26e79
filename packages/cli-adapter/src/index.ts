export {
  createAuthCommands,
  type AuthCommands,
  type AuthCommandsOptions,
  type ClientSource,
} from "./auth-commands.js";
export type { Account, Command, CommandOptions, Globals } from "./command.js";
export type { LoginOptions } from "./commands/login.js";
export type { LogoutOptions } from "./commands/logout.js";
export { EXIT, type ExitCode } from "./exit-codes.js";
export type { CommandIO, Output } from "./io.js";
export { runInProcess } from "./process-io.js";
export type { StatusReport } from "./report.js";

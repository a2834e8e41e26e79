// @loopkey/cli-adapter/commander: the commands in a program made with commander.
export { addAuthCommands, type AddAuthCommandsOptions } from "./declare-commands.js";

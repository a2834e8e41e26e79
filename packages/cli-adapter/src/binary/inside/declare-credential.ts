// credential NAME: what it takes on the command line. The contract itself is loaded when it is asked.
import type { Command } from "commander";
import type { Frame } from "../../commands/frame.js";
import type { Run } from "../../declare-commands.js";
import { PROFILE_HELP } from "./declare-accounts.js";

interface Parsed {
  readonly host?: string;
  readonly username?: string;
  readonly signIn?: boolean;
}

export function declareCredential(program: Command, frame: Frame, run: Run): void {
  program
    .command("credential")
    .description("answer a tool that asks for a token in words of its own; opens no browser unless told to")
    .argument("<name>", "kubectl, bazel, git, claude, goauth, pnpm, docker, cargo or terraform")
    .argument("[args...]", "what the tool adds")
    .allowUnknownOption()
    .option("--profile <name>", PROFILE_HELP)
    .option("--host <host>", "the only host that the token is for, where the tool does not say it")
    .option("--username <name>", "beside the token, where a tool wants one (default: oauth2)")
    .option("--sign-in", "open your browser where nobody is signed in")
    .action(async (name: string, args: readonly string[], parsed: Parsed, command: Command) => {
      const { host, username: userName, signIn } = parsed;
      const globals = command.optsWithGlobals();
      await run(async (io) => {
        const { runContract } = await import("../../credential/run-contract.js");
        return runContract(frame, name, { args, globals, host, userName, signIn }, io);
      });
    });
}

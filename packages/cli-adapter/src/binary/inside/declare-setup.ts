// setup TOOL: what it takes on the command line. What it does is loaded when it runs.
import type { Command } from "commander";
import type { Frame } from "../../commands/frame.js";
import type { Run } from "../../declare-commands.js";
import { PROFILE_HELP } from "./declare-accounts.js";

interface Parsed {
  readonly json?: boolean;
  readonly host?: string;
  readonly write?: boolean;
}

export function declareSetup(program: Command, frame: Frame, run: Run): void {
  program
    .command("setup")
    .description("print what makes a tool ask loopkey for a token of one profile, for one host")
    .argument("<tool>", "kubectl, bazel, git, claude, goauth, pnpm, docker, cargo or terraform")
    .option("--profile <name>", PROFILE_HELP)
    .option("--host <url>", "where the tool sends the token")
    .option("--write", "write it into the tool's configuration, and say what changed")
    .option("--json", "print one JSON value")
    .action(async (tool: string, { json = false, host, write = false }: Parsed, command: Command) => {
      const globals = command.optsWithGlobals();
      const { runSetup } = await import("../../setup/run-setup.js");
      await run((io) => runSetup(frame, tool, { globals, host, write, json }, io));
    });
}

// list, switch and logout --all: what they take on the command line. What they do is loaded when they run.
import type { Command } from "commander";
import type { Frame } from "../../commands/frame.js";
import type { Run } from "../../declare-commands.js";

export const PROFILE_HELP = "whose session it is (default: see below)";

interface Parsed {
  readonly json?: boolean;
  readonly check?: boolean;
}

export function declareAccounts(program: Command, frame: Frame, run: Run): void {
  program
    .command("list")
    .description("show the profiles: who signed in, where, since when; asks no network")
    .option("--json", "print one JSON value")
    .option("--check", "open the stores, to see who is signed in now")
    .action(async ({ json = false, check = false }: Parsed) => {
      const { listAccounts } = await import("./account-commands.js");
      await run((io) => listAccounts(frame, { json, check }, io));
    });
  program
    .command("switch")
    .description("choose the profile that commands use which name none")
    .argument("<name>", "of the profile")
    .option("--json", "print one JSON value")
    .action(async (name: string, { json = false }: Parsed) => {
      const { switchAccount } = await import("./account-commands.js");
      await run((io) => switchAccount(frame, name, { json }, io));
    });
}

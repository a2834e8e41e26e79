// broker: what it takes on the command line. The proxy itself is loaded when it is run.
import type { Command } from "commander";
import type { Frame } from "../../commands/frame.js";
import type { Run } from "../../declare-commands.js";
import { PROFILE_HELP } from "./declare-accounts.js";

interface Parsed {
  readonly allow?: readonly string[];
  readonly port?: number;
  readonly socket?: string | boolean;
  readonly proxy?: boolean;
  readonly intercept?: boolean;
  readonly audit?: string;
}

export function declareBroker(program: Command, frame: Frame, run: Run): void {
  program
    .command("broker")
    .description("run a program that calls your APIs through this one, and never holds the token")
    .usage("[options] -- COMMAND [ARGS...]")
    .argument("<command...>", "the program, and what it is told")
    .option("--profile <name>", PROFILE_HELP)
    .option(
      "--allow <rule>",
      'what it may ask for, like "GET,POST https://api.example.com/notes/*"; may be repeated (default: the API origins of the profile)',
      (rule: string, before: readonly string[] | undefined) => [...(before ?? []), rule],
    )
    .option("--port <number>", "a port of 127.0.0.1 (default: any)", toPort)
    .option("--socket [path]", "a Unix socket instead of a port")
    .option("--proxy", "also take plain http:// addresses of these origins, as its proxy")
    .option(
      "--intercept",
      "also their https:// addresses, by certificates of this run that it is made to trust",
    )
    .option("--audit <file>", "where a line a request is written (default: stderr)")
    .action(async (words: readonly [string, ...string[]], parsed: Parsed, command: Command) => {
      const { allow, port, socket, proxy = false, intercept = false, audit } = parsed;
      const globals = command.optsWithGlobals();
      const modes = { isProxy: proxy, isIntercepting: intercept };
      const options = { globals, allow, port, socket, ...modes, audit, command: words };
      let end: (() => void) | undefined;
      await run(async (io) => {
        const { runBroker, endAs } = await import("../../broker/run-broker.js");
        const { exitCode, child } = await runBroker(frame, options, io);
        end = () => child && endAs(child);
        return exitCode;
      });
      end?.();
    });
}

function toPort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port > 0 && port < 65_536) return port;
  throw Object.assign(new Error("It must be a port, from 1 to 65535."), {
    code: "commander.invalidArgument",
  });
}

// The commands in a program made with commander.
import type { Command as Program } from "commander";
import {
  createAuthCommands,
  type AuthCommands,
  type AuthCommandsOptions,
  type ClientSource,
} from "./commands/auth-commands.js";
import { TOKEN_FORMATS, type TokenFormat } from "./commands/token.js";
import type { CommandIO } from "./terminal/io.js";
import { runInProcess } from "./terminal/process.js";

export interface AddAuthCommandsOptions extends Omit<AuthCommandsOptions, "name"> {
  /** What people type before the command. @default the names of the program and of those above it: `notes auth` */
  readonly name?: string;
}

/**
 * Adds `login`, `status`, `token`, `whoami`, `logout` and, with `preflight`, `doctor`, with `journal`, `explain` to a program. They set
 * `process.exitCode`, and end nothing: what the program does after `parseAsync` goes on. Ctrl-C, SIGTERM
 * and SIGHUP interrupt the command, which stays for a refresh that has been sent, for 4 seconds at most; nobody listens to them
 * after it. SIGHUP ends the program then, where it does not listen to it itself.
 *
 * Give a function that makes the client with `refreshOnStart: false`, as below: it is called when a command runs, with the
 * options of the program and of the command, `status` asks no network, and the client is closed when the command has
 * ended. A client that was given is yours: where it refreshes at its start, `status` answers beside that, and the process stays
 * until the refresh is saved, which `process.exit` would cut off. Call its `close()` before you end the process yourself.
 *
 * @example
 * ```js
 * import { createAuthClient } from "@loopkey/core";
 * import { addAuthCommands } from "@loopkey/cli-adapter/commander";
 * import { createNodePorts } from "@loopkey/node-adapter";
 * import { Command } from "commander";
 *
 * const program = new Command("notes");
 * const config = { issuer: "https://id.example.com", clientId: "notes", refreshOnStart: false };
 * addAuthCommands(program, () => createAuthClient(config, createNodePorts({ appName: "Example Notes" })));
 * await program.parseAsync();
 * ```
 */
export function addAuthCommands(
  program: Program,
  source: ClientSource,
  options: AddAuthCommandsOptions = {},
): void {
  const commands = createAuthCommands(source, { name: wholeName(program), ...options });
  declareCommands(program, commands, runInProcess);
}

/** A person who is told to run it must be able to type it. */
function wholeName(program: Program): string {
  return program.parent ? `${wholeName(program.parent)} ${program.name()}` : program.name();
}

/** How a command is run: with which `io`, and where its exit code goes. */
export type Run = (run: (io: CommandIO) => Promise<number>) => Promise<void>;

/** `doctor` and `explain` are there when the commands have them. */
type Declared = Readonly<Record<Exclude<keyof AuthCommands, "doctor" | "explain">, Program>> & {
  readonly doctor?: Program;
  readonly explain?: Program;
};

interface Parsed {
  readonly json?: boolean;
  readonly browser?: boolean;
  readonly device?: boolean;
  readonly timeout?: number;
  readonly prompt?: string;
  readonly resource?: string;
  readonly scope?: string;
  readonly format?: TokenFormat;
}

export function declareCommands(program: Program, commands: AuthCommands, run: Run): Declared {
  const declare = <Name extends keyof AuthCommands>(
    name: Name,
    description: string,
    options: (parsed: Parsed) => Parameters<Required<AuthCommands>[Name]>[0],
  ): Program =>
    program
      .command(name)
      .description(description)
      .option("--json", "print one JSON value")
      .action(async (parsed: Parsed, command: Program) => {
        const globals = command.optsWithGlobals();
        const given = { json: parsed.json, globals, ...options(parsed) };
        await run((io) => commands[name]!(given, io));
      });

  return {
    login: declare("login", "sign in through your browser", ({ browser, device, timeout, prompt }) => ({
      browser,
      device,
      prompt,
      timeoutMs: timeout === undefined ? undefined : timeout * 1_000,
    }))
      .option("--device", "show a code to enter on any device")
      .option("--no-browser", "open no browser, print the address only")
      .option("--prompt <value>", "what the server should ask you: consent, login, select_account, none")
      .option("--timeout <seconds>", "how long to wait for you", toSeconds),
    status: declare("status", "show who is signed in; asks no network", () => ({})),
    token: declare("token", "print an access token", ({ resource, scope, format }) => ({
      resource,
      scope,
      format,
    }))
      .option("--resource <uri>", "a token for this API alone (RFC 8707)")
      .option("--scope <scope>", "a token with this scope alone")
      .option("--format <format>", `what to print: ${TOKEN_FORMATS.join(", ")}`, toFormat),
    whoami: declare("whoami", "show what the server says of you", () => ({})),
    logout: declare("logout", "sign out here, at the server and in your browser", ({ browser }) => ({
      browser,
    }))
      .option("--browser", "visit the server with the browser (default: at a terminal)")
      .option("--no-browser", "leave the session in the browser alone"),
    ...(commands.doctor && {
      doctor: declare("doctor", "look for what would keep you from signing in; opens no browser", () => ({})),
    }),
    ...(commands.explain && {
      explain: declare("explain", "say why you are signed out; asks no network", () => ({})),
    }),
  };
}

function toFormat(text: string): TokenFormat {
  const format = TOKEN_FORMATS.find((each) => each === text);
  if (format !== undefined) return format;
  throw wrongArgument(`Known are ${TOKEN_FORMATS.join(", ")}.`);
}

function toSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() !== "" && Number.isFinite(seconds) && seconds > 0) return seconds;
  throw wrongArgument("It must be a positive number of seconds.");
}

/** As commander's InvalidArgumentError, of whichever copy of it the program is made with: it goes by the code. */
function wrongArgument(message: string): Error {
  return Object.assign(new Error(message), { code: "commander.invalidArgument" });
}

// The command line of the binary: its options, its help, and wrong usage as the contract has it.
import { AuthError } from "@loopkey/core/light";
import { Command, CommanderError, Option } from "commander";
import { declareCommands } from "../declare-commands.js";
import { EXIT } from "../outcome/exit-codes.js";
import { reportFailure } from "../outcome/failure.js";
import { DEFAULT_STORE, STORE_KINDS } from "../profiles/store.js";
import type { CommandIO } from "../terminal/io.js";
import { declareAccounts, PROFILE_HELP } from "./inside/declare-accounts.js";
import { declareBroker } from "./inside/declare-broker.js";
import { declareCredential } from "./inside/declare-credential.js";
import { declareSetup } from "./inside/declare-setup.js";
import { declareServe } from "./inside/declare-serve.js";
import { createLoopkeyCommands, createLoopkeyFrame, type LoopkeyOptions } from "./inside/loopkey-commands.js";
import { NAME } from "./inside/profile-facts.js";
import { version } from "./inside/version.js";

const AFTER_HELP = `
Without a keyring the session is kept in an encrypted file, if one of these is set:
  LOOPKEY_PASSPHRASE     a passphrase
  LOOPKEY_PASSPHRASE_FD  a file descriptor to read it from
  LOOPKEY_KEY_FILE       a file with a key of 32 bytes

Which profile: --profile, else LOOPKEY_PROFILE, else what "loopkey switch" chose, else "default".

Exit codes:
  0    done; status: signed in
  1    failed; status: the store cannot be read; doctor: something would keep you from signing in
  2    wrong usage
  4    sign-in needed
  130  interrupted`;

/** Runs one command line, without the names of node and of the program. Resolves to the exit code. */
export async function runLoopkey(
  argv: readonly string[],
  io: CommandIO,
  options: Omit<LoopkeyOptions, "io"> = {},
): Promise<number> {
  let exitCode: number = EXIT.done;
  const program = new Command(NAME)
    .description(
      "Signs you in to an OpenID Connect server, keeps you signed in, and hands out access tokens.",
    )
    .version(version(), "--version")
    .addHelpText("after", AFTER_HELP)
    .exitOverride()
    // Wrong usage is reported below, as every other failure.
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      outputError: () => {},
    });
  const frame = createLoopkeyFrame({ io, ...options });
  const each = createLoopkeyCommands(frame);
  const commands: typeof each = {
    ...each,
    async logout(given, at) {
      if (given.globals?.["all"] !== true) return each.logout(given, at);
      const { logoutAll } = await import("./inside/account-commands.js");
      return logoutAll(frame, each, { json: given.json === true, browser: given.browser }, at);
    },
  };
  const declared = declareCommands(program, commands, async (run) => {
    exitCode = await run(io);
  });
  for (const command of Object.values(declared)) command.option("--profile <name>", PROFILE_HELP);
  declared.login.description(
    "sign in through your browser, or with a code, and remember these options under the profile",
  );
  addServerOptions(declared.login);
  if (declared.doctor)
    addServerOptions(declared.doctor.option("--device", "for a sign-in with a code, without a redirect"));
  declared.logout.option("--all", "of every profile");
  declareCredential(program, frame, async (run) => {
    exitCode = await run(io);
  });
  declareBroker(program, frame, async (run) => {
    exitCode = await run(io);
  });

  declareSetup(program, frame, async (run) => {
    exitCode = await run(io);
  });
  declareAccounts(program, frame, async (run) => {
    exitCode = await run(io);
  });
  declareServe(program, io, (code) => (exitCode = code));

  // What completes the others has to know them; it is not loaded for them.
  if (argv[0] === "completion" || argv[0] === "complete")
    await (await import("./inside/completion.js")).addCompletion(program, io);
  else
    program
      .command("completion")
      .description("print what completes commands in your shell")
      .argument("<shell>", "bash, zsh, fish or powershell");

  try {
    await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return usageExit(error, argv, io);
    throw error;
  }
}

/** What is to be signed in to. `login` remembers them, `doctor` can be told them before. */
function addServerOptions(command: Command): void {
  command
    .option("--issuer <url>", "the server")
    .option("--client-id <id>", "of your app, as registered at the server")
    .option("--scope <scope>", 'what to ask for (default: "openid offline_access")')
    .option("--metadata <file|url>", "the server's metadata, where it is not where the issuer says")
    .option(
      "--id-token-issuer <text...>",
      "issuer of ID tokens with claims in it, like https://login.example/{tid}/v2.0",
    )
    .option(
      "--client-secret-file <file>",
      "a file with the secret that the server gave your app; kept with the session",
    )
    .option(
      "--client-secret-expires-at <time>",
      "when that secret ends: client_secret_expires_at of a registration, or a date like 2027-01-31",
    )
    .addOption(
      new Option(
        "--token-endpoint-auth-method <method>",
        "how that secret is shown (default: what the server lists)",
      ).choices(["none", "client_secret_post", "client_secret_basic"]),
    )
    .option("--param <name=value...>", "more parameters of the authorization request")
    .option("--token-param <name=value...>", "more parameters of token requests")
    .option("--resource <uri...>", "APIs that the token is for (RFC 8707)")
    .option(
      "--api-origin <url...>",
      'where the token may be sent, beside the issuer\'s origin; with a token of its own: "https://api.example resource=URI scope=NAMES"',
    )
    .addOption(
      new Option("--response-mode <mode>", "how the redirect comes (default: query)").choices([
        "query",
        "form_post",
      ]),
    )
    .option("--keep-response-member <name...>", "members of the token answer to keep with the session")
    .option("--bearer-token-type <name...>", "the server's own words for the token type Bearer")
    .option("--dpop", "bind the session to a key (RFC 9449)")
    .option("--keep-access-token", "keep the access token in the store too, for commands that run often")
    .option("--redirect-uri <uri...>", "loopback address as registered (default: http://127.0.0.1/callback)")
    .option(
      "--post-logout-redirect-uri <uri...>",
      "the same for logout (default: http://127.0.0.1/logged-out)",
    )
    .option(
      "--end-session-url <url>",
      "where the browser signs out, with names in braces, like https://id.example/logout?client_id={client_id}",
    )
    .addOption(
      new Option(
        "--store <kind>",
        `where the session is kept; auto: keyring, else encrypted-file; memory: nowhere (default: "${DEFAULT_STORE.kind}")`,
      ).choices(STORE_KINDS),
    );
}

function usageExit(error: CommanderError, argv: readonly string[], io: CommandIO): number {
  if (error.exitCode === 0) return EXIT.done;
  // No command at all: the help is on stderr already.
  if (error.code === "commander.help") return EXIT.wrongUsage;
  const message = error.message.replace(/^error: /, "");
  const why = new AuthError("invalid_config", message.charAt(0).toUpperCase() + message.slice(1), {
    hint: `See "${NAME} --help".`,
  });
  return reportFailure(
    why,
    { program: NAME, signIn: `${NAME} login` },
    { json: argv.includes("--json"), io },
  );
}

// The commands for any command line: of one client, or of a client for each set of global options.
import type { AuthClient, Journal, PreflightOptions, PreflightReport } from "@loopkey/core";
import { atRest } from "./at-rest.js";
import { doctor } from "./doctor.js";
import {
  createCommand,
  type Account,
  type Command,
  type CommandOptions,
  type Frame,
  type Globals,
} from "./frame.js";
import { login, type LoginOptions } from "./login.js";
import { logout, type LogoutOptions } from "./logout.js";
import { status } from "./status.js";
import { token, type TokenOptions } from "./token.js";
import { whoami } from "./whoami.js";

/** Each resolves to an exit code and never rejects; what it has to say it writes to the `io` it is given. */
export interface AuthCommands {
  readonly login: Command<LoginOptions>;
  readonly status: Command<CommandOptions>;
  readonly token: Command<TokenOptions>;
  readonly whoami: Command<CommandOptions>;
  readonly logout: Command<LogoutOptions>;
  /** There when `preflight` is. */
  readonly doctor?: Command<CommandOptions>;
  /** There when `journal` is. */
  readonly explain?: Command<CommandOptions>;
}

export interface AuthCommandsOptions {
  /** What people type before the command, such as `notes` or `notes auth`: for errors and hints. */
  readonly name: string;
  /** Whose session it is, for `status`. @default nothing is known of it */
  readonly account?: (globals: Globals) => Partial<Account>;
  /**
   * What `doctor` runs: `preflight` of `@loopkey/core` with what the client is made of. A client does not tell that, and
   * making one begins to look for a session, which is what a doctor must be able to do without. @default no `doctor`
   */
  readonly preflight?: (options: PreflightOptions, globals: Globals) => Promise<PreflightReport>;
  /** What `explain` reads: the `journal` of the client's ports. @default no `explain` */
  readonly journal?: (globals: Globals) => Journal | undefined;
}

/** A client, or what makes one from the program's global options. */
export type ClientSource = AuthClient | ((globals: Globals) => AuthClient | Promise<AuthClient>);

/**
 * `login`, `status`, `token`, `whoami`, `logout` and, with `preflight`, `doctor`, with `journal`, `explain` of your command line. Exit codes: 0 done,
 * 1 failed, 2 wrong usage, 4 sign-in needed, 130 interrupted. A client that a function made is closed when its command has
 * ended; one that was given stays open, and is yours to close. A command that is interrupted stays for a refresh that has been
 * sent, for 4 seconds at most. Make it with `refreshOnStart: false`: a token is then minted
 * when one is needed, and `status` asks no network.
 *
 * @example
 * ```ts
 * const ports = createNodePorts({ appName: "Example Notes" });
 * const config = { issuer: "https://id.example.com", clientId: "notes", refreshOnStart: false };
 * const commands = createAuthCommands(() => createAuthClient(config, ports), {
 *   name: "notes",
 *   preflight: (options) => preflight(config, ports, options),
 * });
 * const { stdout, stderr, env } = process;
 * process.exitCode = await commands.login({}, { stdout, stderr, env, isInteractive: true });
 * ```
 */
export function createAuthCommands(source: ClientSource, options: AuthCommandsOptions): AuthCommands {
  const { name, account = () => ({}), preflight, journal } = options;
  const frame: Frame = {
    name,
    async open(globals, command) {
      const isOurs = typeof source === "function";
      const kept = command === "explain" ? journal?.(globals) : undefined;
      const client = command === "doctor" ? undefined : await (isOurs ? source(globals) : source);
      return {
        client,
        ...(preflight && { preflight: (more: PreflightOptions) => preflight(more, globals) }),
        ...(kept && { journal: kept }),
        account: { profile: null, issuer: null, clientId: null, ...account(globals) },
        advice: { program: name, signIn: `${name} login` },
        remember: async () => {},
        close: async (limit) => (isOurs ? client?.close(limit) : atRest(client, limit)),
      };
    },
  };
  const { doctor, explain, ...commands } = createAuthCommandsFor(frame);
  return { ...commands, ...(preflight && { doctor }), ...(journal && { explain }) };
}

export function createAuthCommandsFor(frame: Frame): Required<AuthCommands> {
  return {
    login: createCommand(frame, "login", login),
    status: createCommand(frame, "other", status),
    token: createCommand(frame, "token", token),
    whoami: createCommand(frame, "other", whoami),
    logout: createCommand(frame, "other", logout),
    doctor: createCommand(frame, "doctor", doctor),
    // Loaded when somebody asks.
    explain: createCommand(frame, "explain", async (...given) =>
      (await import("./explain.js")).explain(...given),
    ),
  };
}

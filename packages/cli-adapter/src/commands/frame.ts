// The frame of every command: opens the client, runs, says why not, and leaves nothing open.
import { AuthError, type AccessTokenOptions, type KeptToken, type TokenTarget } from "@loopkey/core/light";
import type {
  AuthClient,
  CloseOptions,
  Journal,
  PreflightOptions,
  PreflightCheck,
  PreflightReport,
  WithLock,
} from "@loopkey/core";
import type { ExitCode } from "../outcome/exit-codes.js";
import { interrupted, reportFailure, type Advice } from "../outcome/failure.js";
import type { CommandIO } from "../terminal/io.js";
import { isUnderWay } from "./at-rest.js";

/** Options of the program around the commands, as it parsed them. */
export type Globals = Readonly<Record<string, unknown>>;

export interface CommandOptions {
  /** Print one JSON value instead of lines. @default false */
  readonly json?: boolean | undefined;
  /** Handed to the function that gives the client. @default {} */
  readonly globals?: Globals | undefined;
}

/** Whose session it is; null where it is not known. */
export interface Account {
  readonly profile: string | null;
  readonly issuer: string | null;
  readonly clientId: string | null;
}

/** One of the preflight, or of what else a program looks at. */
export type DoctorCheck = Omit<PreflightCheck, "name"> & { readonly name: string };
export type DoctorReport = Omit<PreflightReport, "checks"> & { readonly checks: readonly DoctorCheck[] };

/** What a command works with. */
export interface Opened {
  /** Absent: nobody has ever signed in here, so there is no server to have a client for. */
  readonly client: AuthClient | undefined;
  /** For `token`, which needs no client then. */
  readonly keptToken?: KeptToken;
  /** For `doctor`, which needs no client. */
  readonly preflight?: (options: PreflightOptions) => Promise<DoctorReport>;
  /** For `credential`, which makes a client only for a host that the profile names. */
  readonly tokens?: TokenSource;
  /** For `explain`: what all processes have noted. */
  readonly journal?: Journal;
  readonly account: Account;
  readonly advice: Advice;
  /** Where the browser comes back to after a logout, as registered. Absent: not known here, or the default. */
  readonly postLogoutRedirectUris?: readonly string[];
  /** Names of profiles that this one is beside. Absent: there is only one. */
  readonly otherProfiles?: () => Promise<readonly string[]>;
  /** For `broker`: what the profile names beside the issuer. */
  readonly apiOrigins?: readonly string[];
  /** After a sign-in that succeeded. */
  remember(): Promise<void>;
  /** With a limit: what is under way is given up then. A second call may bring one. */
  close(options?: CloseOptions): Promise<void>;
}

/** Tokens by where they go. */
interface TokenSource {
  /** Which token that origin gets. Undefined: the profile does not name it. */
  readonly targetOf: (origin: URL) => TokenTarget | undefined;
  readonly get: (
    target: TokenTarget,
    options: { readonly forceRefresh: boolean; readonly signal: AccessTokenOptions["signal"] | undefined },
  ) => Promise<KeptToken>;
  /** For a sign-in, after which `remember` is called. */
  readonly client: () => Promise<AuthClient>;
  /** Of sign-ins, over all processes of the profile: beside that of the session, which a sign-in takes itself. */
  readonly signInLock: WithLock;
}

/** What a command is opened for: `login` and `doctor` may be the first of their kind here, and `token` may do without a client. */
export type OpenedFor = "login" | "doctor" | "token" | "credential" | "explain" | "other";

export interface Frame {
  /** The program's name, for errors and hints. */
  readonly name: string;
  open(globals: Globals, command: OpenedFor, signal: AbortSignal | undefined): Promise<Opened>;
}

export type Command<Options extends CommandOptions> = (options: Options, io: CommandIO) => Promise<ExitCode>;

/** Makes a command of its body, which may throw. */
export function createCommand<Options extends CommandOptions>(
  frame: Frame,
  command: OpenedFor,
  body: (opened: Opened, options: Options, io: CommandIO) => Promise<ExitCode>,
): Command<Options> {
  return async (options, io) => {
    const { json = false, globals = {} } = options;
    let advice: Advice = { program: frame.name, signIn: `${frame.name} login` };
    let opened: Opened | undefined;
    try {
      opened = await frame.open(globals, command, io.signal);
      advice = opened.advice;
      if (io.signal?.aborted) throw interrupted();
      return await body(opened, options, io);
    } catch (error) {
      return reportFailure(io.signal?.aborted ? interrupted() : error, advice, { json, io });
    } finally {
      if (opened) await closeIn(io, opened);
    }
  };
}

/** How long an interrupted command stays for what must not be cut off. */
const FINISH_MS = 4_000;

/** Interrupted, be it meanwhile, it does not wait for ever. */
export async function closeIn(io: CommandIO, opened: Opened): Promise<void> {
  const hurry = (): Promise<void> => {
    noteWhatIsUnderWay(opened.client, io);
    return opened.close({ timeoutMs: FINISH_MS });
  };
  if (io.signal?.aborted) return hurry();
  const onAbort = (): void => void hurry();
  io.signal?.addEventListener("abort", onAbort);
  await opened.close().finally(() => io.signal?.removeEventListener("abort", onAbort));
}

/** Why `token` and the like cannot work. */
export function clientOf({ client, account }: Opened): AuthClient {
  if (client) return client;
  const where = account.profile === null ? "here" : `with the profile "${account.profile}"`;
  throw new AuthError("sign_in_required", `Nobody has signed in ${where}.`);
}

function noteWhatIsUnderWay(client: AuthClient | undefined, io: CommandIO): void {
  if (client === undefined || !isUnderWay(client)) return;
  io.stderr.write("Finishing what must not be cut off. Interrupt again to end at once.\n");
}

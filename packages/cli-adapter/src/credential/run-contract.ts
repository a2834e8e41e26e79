// Runs a contract: reads what the tool says, opens the profile when a token is wanted, and writes the answer to stdout alone. Where the
// tool does not say the host, `--host` must; where both do, they must agree.
import { AuthError } from "@loopkey/core/light";
import { closeIn, type Frame, type Globals, type Opened } from "../commands/frame.js";
import { asBearer, printableToken } from "../commands/bearer.js";
import { EXIT, type ExitCode } from "../outcome/exit-codes.js";
import { interrupted, reportFailure, toFailure, type Advice } from "../outcome/failure.js";
import type { CommandIO } from "../terminal/io.js";
import { originOf, toUrl } from "./addresses.js";
import type { Outcome, Wanted } from "./contract.js";
import { inputOf } from "./input.js";
import { contractOf } from "./names.js";
import { signInOnce } from "./sign-in-once.js";

export interface ContractOptions {
  readonly args: readonly string[];
  readonly globals: Globals;
  /** The only host that this command is for: an origin, or a host of https. */
  readonly host?: string | undefined;
  readonly userName?: string | undefined;
  /** Opens a browser where nobody is signed in. @default false */
  readonly signIn?: boolean | undefined;
}

/** Of GitLab's container registry and git, and as good as any other where the server looks at the token alone. */
const USER_NAME = "oauth2";

export async function runContract(
  frame: Frame,
  name: string,
  { args, globals, host, userName = USER_NAME, signIn = false }: ContractOptions,
  io: CommandIO,
): Promise<ExitCode> {
  const opened = new Map<unknown, Opened>();
  let advice: Advice = { program: frame.name, signIn: `${frame.name} login` };
  const fail = (error: unknown): ExitCode =>
    reportFailure(io.signal?.aborted ? interrupted() : error, advice, { json: false, io });

  async function get(wanted: Wanted): Promise<Outcome> {
    try {
      const { profile = globals["profile"], host: saidHost, isInteractive = true } = wanted;
      const found =
        opened.get(profile) ?? (await frame.open({ ...globals, profile }, "credential", io.signal));
      opened.set(profile, found);
      advice = found.advice;
      const only = saidHost === undefined ? bound : boundTo(saidHost);
      const mayAsk = signIn && isInteractive && found.tokens !== undefined;
      return await tokenFor(found, wanted, only, io).catch(async (error: unknown) => {
        if (!mayAsk || toFailure(error, advice).exitCode !== EXIT.signInNeeded) throw error;
        const client = await found.tokens.client();
        if (await signInOnce(client, found.tokens.signInLock, io)) await found.remember();
        return tokenFor(found, wanted, only, io);
      });
    } catch (error) {
      fail(error);
      const failure = toFailure(error, advice);
      if (isNotNamed(error)) return { why: "not-named", failure };
      return { why: failure.exitCode === EXIT.signInNeeded ? "nobody" : "failed", failure };
    }
  }

  let bound: URL | undefined;
  const input = inputOf(io);
  try {
    bound = host === undefined ? undefined : boundTo(host);
    const contract = contractOf(name);
    const asking = {
      args,
      env: io.env,
      ...input,
      write: (text: string) => void io.stdout.write(text),
      userName,
      bound,
    };
    const { stdout, exitCode } = await contract(asking, get);
    if (io.signal?.aborted) return EXIT.interrupted;
    if (stdout) io.stdout.write(stdout);
    return exitCode;
  } catch (error) {
    return fail(error);
  } finally {
    input.end();
    await Promise.all([...opened.values()].map((each) => closeIn(io, each)));
  }
}

async function tokenFor(
  opened: Opened,
  { urls, renew = false }: Wanted,
  bound: URL | undefined,
  io: CommandIO,
): Promise<Outcome> {
  const { tokens, account } = opened;
  const origins = originsOf(urls, bound);
  if (!tokens) throw nobody(account.profile);
  const [target] = origins.flatMap((origin) => tokens.targetOf(origin) ?? []);
  if (!target) throw notNamed(account.profile, urls?.[0] ?? bound?.origin);
  const options = { forceRefresh: renew, signal: io.signal };
  const token = await asBearer(opened, tokens.get(target, options));
  return { ...token, accessToken: printableToken(token.accessToken) };
}

/** Those that the tool names and this command is for. */
function originsOf(urls: readonly string[] | undefined, bound: URL | undefined): readonly URL[] {
  if (urls) {
    const named = urls.flatMap((url) => originOf(url) ?? []);
    return named.filter(({ origin }) => bound === undefined || origin === bound.origin);
  }
  if (bound) return [bound];
  throw new AuthError("invalid_config", "It is not said for which host the token is.", {
    detail: "host",
    hint: 'Add "--host HOST", or let "loopkey setup" write it.',
  });
}

function boundTo(host: string): URL {
  return new URL(toUrl(host).origin);
}

function nobody(profile: string | null): AuthError {
  return new AuthError("sign_in_required", `Nobody has signed in with the profile "${profile}".`);
}

function notNamed(profile: string | null, where = ""): AuthError {
  // Of what cannot be read as an address nothing is said: there may be a password in it.
  const [other = "What the tool names"] = /^[a-z][a-z0-9+.-]*:\/\/[\w.-]+(:\d+)?$/i.exec(where) ?? [];
  const host = originOf(where)?.origin ?? other;
  return new AuthError(
    "origin_not_allowed",
    `${host} gets nothing: the profile "${profile}" does not name it.`,
    {
      hint: 'Name it by "--api-origin URL" of login, if it is meant to have your token.',
    },
  );
}

function isNotNamed(error: unknown): boolean {
  return error instanceof AuthError && error.code === "origin_not_allowed";
}

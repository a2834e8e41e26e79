// broker: runs a program that never holds the token. Its exit code, or signal, is the program's.
import { AuthError } from "@loopkey/core/light";
import type { AuthClient } from "@loopkey/core";
import { clientOf, createCommand, type Frame, type Globals, type Opened } from "../commands/frame.js";
import { EXIT } from "../outcome/exit-codes.js";
import { printLines, type CommandIO } from "../terminal/io.js";
import { clean } from "../terminal/text.js";
import { auditLine } from "./audit.js";
import { openAuditFile, type AuditFile } from "./audit-file.js";
import { exitCodeOf, runChild, type ChildEnd } from "./child.js";
import { originsOf, parseRule, type Rule } from "./rules.js";
import { startBroker, type Broker } from "./server.js";

export { endAs } from "./child.js";

export interface RunBrokerOptions {
  readonly globals: Globals;
  /** @default the API origins of the profile, all methods and paths */
  readonly allow: readonly string[] | undefined;
  /** @default any */
  readonly port: number | undefined;
  /** `true`: in a folder of its own. */
  readonly socket: string | boolean | undefined;
  readonly isProxy: boolean;
  readonly isIntercepting: boolean;
  /** @default stderr */
  readonly audit: string | undefined;
  readonly command: readonly [string, ...string[]];
}

export interface BrokerEnd {
  readonly exitCode: number;
  /** Absent: the program was not run. */
  readonly child?: ChildEnd;
}

/** What a passphrase, and so the session, could be had by. */
const NOT_FOR_THE_PROGRAM = ["LOOPKEY_PASSPHRASE", "LOOPKEY_PASSPHRASE_FD", "LOOPKEY_KEY_FILE"];

export async function runBroker(frame: Frame, options: RunBrokerOptions, io: CommandIO): Promise<BrokerEnd> {
  let child: ChildEnd | undefined;
  let audit: AuditFile | undefined;
  const run = createCommand(frame, "other", async (opened) => {
    const client = clientOf(opened);
    // What it reads of the store cannot be given up half-way.
    await client.ready();
    const rules = rulesOf(options.allow, opened);
    await checkSession(client, rules, io.signal);
    audit = options.audit === undefined ? undefined : await openAuditFile(options.audit, io.stderr);
    let broker: Broker | undefined;
    try {
      broker = await start(client, rules, options, (line) => void (audit ?? io.stderr).write(line), io);
      child = await runChild(options.command, environment(io.env, broker.env), io.isInteractive);
    } finally {
      await broker?.close();
    }
    if ("failed" in child)
      printLines(io.stderr, [
        `${frame.name}: ${options.command[0]} could not be run: ${child.failed.message}.`,
      ]);
    return EXIT.done;
  });
  const exitCode = await run({ globals: options.globals }, io);
  // Requests that waited for a token end with the client.
  await audit?.close();
  return child === undefined ? { exitCode } : { exitCode: exitCodeOf(child), child };
}

function rulesOf(
  allow: readonly string[] | undefined,
  { apiOrigins = [], account }: Opened,
): readonly Rule[] {
  const rules = (allow ?? apiOrigins).map(parseRule);
  if (rules.length > 0) return rules;
  throw new AuthError("invalid_config", `The profile "${account.profile}" names no API.`, {
    detail: "--allow",
    hint: 'Say what the program may ask for, like --allow "GET https://api.example.com/notes/*".',
  });
}

/** Before the program is run: that somebody is signed in, and that the token is meant for these origins. */
async function checkSession(
  client: AuthClient,
  rules: readonly Rule[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const asked = originsOf(rules).map((url) => client.authorize(signal ? { url, signal } : { url }));
  for (const outcome of await Promise.allSettled(asked)) {
    // A bad network may be better when the program asks.
    const { reason } = outcome as PromiseRejectedResult;
    if (outcome.status === "rejected" && !(reason instanceof AuthError && reason.retryable)) throw reason;
  }
}

async function start(
  client: AuthClient,
  rules: readonly Rule[],
  { port = 0, socket, isProxy, isIntercepting }: RunBrokerOptions,
  write: (line: string) => void,
  io: CommandIO,
): Promise<Broker> {
  const told = new Set<string>();
  const isSocket = socket !== undefined && socket !== false;
  try {
    return await startBroker({
      client,
      rules,
      listen: isSocket ? { socket: socket === true ? undefined : socket } : { port },
      isProxy,
      isIntercepting,
      ownEnv: io.env,
      onRequest: (entry) => write(auditLine(entry)),
      onProblem({ code, message, hint }) {
        // Once: a program asks again and again.
        if (!told.has(code)) printLines(io.stderr, [clean(`broker: ${message} ${hint ?? ""} [${code}]`)]);
        told.add(code);
      },
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const where = isSocket ? `the socket ${socket === true ? "" : socket}` : `port ${port} of 127.0.0.1`;
    throw new AuthError("port_unavailable", `The broker cannot listen at ${where}: ${code}.`, {
      detail: code,
      hint: isSocket ? "Choose a path where nothing is yet." : "Choose another port, or leave it out.",
      cause: error,
    });
  }
}

function environment(own: CommandIO["env"], more: Broker["env"]): NodeJS.ProcessEnv {
  const kept = Object.entries(own).filter(([name]) => !NOT_FOR_THE_PROGRAM.includes(name));
  return { ...Object.fromEntries(kept), ...more };
}

// A shell with the commands of cli-adapter, at a terminal, whose client is in another process: the test's, by a socket.
import { once } from "node:events";
import { createConnection } from "node:net";
import { createInterface } from "node:readline";
import { ReadStream } from "node:tty";
import { addAuthCommands } from "@loopkey/cli-adapter/commander";
import { AuthError, type AuthClient, type AuthState, type Session, type SignOutResult } from "@loopkey/core";
import { Command } from "commander";
import type { FromShell, ToShell } from "../test/support/shell-messages.js";

const socket = createConnection(process.argv[2]!);
const listeners = new Set<(state: AuthState) => void>();
const calls = new Map<number, (answer: ToShell) => void>();
let state: AuthState | undefined;
let lastId = 0;

function send(message: FromShell): void {
  socket.write(`${JSON.stringify(message)}\n`);
}

const told = createInterface({ input: socket });
told.on("line", (line) => {
  const message = JSON.parse(line) as ToShell;
  if ("state" in message) {
    ({ state } = message);
    for (const listener of listeners) listener(message.state);
  } else calls.get(message.id)?.(message);
});

function call<Result>(name: FromShell["call"], argument?: string): Promise<Result> {
  const id = ++lastId;
  send({ id, call: name, ...(argument === undefined ? {} : { argument }) });
  return new Promise((resolve, reject) => {
    calls.set(id, (answer) => {
      if ("error" in answer) {
        const { code, message, hint } = answer.error;
        reject(new AuthError(code, message, { hint }));
      } else if ("result" in answer) resolve(answer.result as Result);
    });
  });
}

/** A call that the caller may give up. */
function abortable<Result>(name: "signIn" | "signOut", signal: AbortSignal | undefined): Promise<Result> {
  const done = call<Result>(name);
  const giveUp = (): void => void call("cancel");
  signal?.addEventListener("abort", giveUp);
  return done.finally(() => signal?.removeEventListener("abort", giveUp));
}

const client: Partial<AuthClient> = {
  getState: () => state!,
  subscribe(listener) {
    const own = (next: AuthState): void => listener(next);
    listeners.add(own);
    return () => void listeners.delete(own);
  },
  ready: () =>
    new Promise((resolve) => {
      const look = (next: AuthState): void => {
        if (next.status === "restoring") return;
        listeners.delete(look);
        resolve(next);
      };
      listeners.add(look);
      look(state!);
    }),
  signIn: (options = {}) => abortable<Session>("signIn", options.signal),
  signOut: (options = {}) => abortable<SignOutResult>("signOut", options.signal),
  submitRedirect: (url) => void call("submitRedirect", url).catch(() => {}),
  close: async () => {},
};

/** Between two commands: then the terminal is theirs. */
async function nextLine(nth: number): Promise<string> {
  const input = new ReadStream(0);
  const lines = createInterface({ input, output: process.stdout, terminal: true, historySize: 0 });
  const typed = once(lines, "line");
  // What is typed before the terminal is raw is lost.
  process.stdout.write(`ready ${nth}>\n`);
  const [line] = (await typed) as [string];
  lines.close();
  input.destroy();
  return line;
}

const first = once(told, "line");
await first;
for (let nth = 0; ; nth++) {
  // One after another, as at any prompt.
  // oxlint-disable-next-line no-await-in-loop
  const line = await nextLine(nth);
  const program = new Command("shell").exitOverride();
  addAuthCommands(program, client as AuthClient);
  // oxlint-disable-next-line no-await-in-loop
  await program.parseAsync([line.trim()], { from: "user" }).catch(() => {});
}

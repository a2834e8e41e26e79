// `loopkey serve` as it ships, driven by its lines. Every line in both directions is held against the schema of the docs.
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, onTestFinished } from "vitest";
import { cliPath } from "./cli.js";

interface Answer {
  readonly id: number | string | null;
  readonly result?: never;
  readonly error?: {
    readonly code: number;
    readonly message: string;
    readonly data: { readonly code: string };
  };
}

interface Message extends Answer {
  readonly method?: string;
  readonly params?: { readonly state: { readonly status: string; readonly [name: string]: unknown } };
}

interface SidecarEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

export interface Sidecar {
  /** Resolves with the answer, whatever it is. */
  ask(method: string, params?: object, id?: number | string): Promise<Answer>;
  /** The same for what must succeed. */
  get<T>(method: string, params?: object): Promise<T>;
  /** A line that is no message of the protocol, perhaps. */
  write(line: string | Buffer): void;
  /** The first message, sent already or to come, that matches and was not taken before. */
  next(matches: (message: Message) => boolean): Promise<Message>;
  /** The first state that matches, sent already or to come. */
  reached(matches: (state: { readonly status: string }) => boolean): Promise<Readonly<Record<string, never>>>;
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly ended: Promise<SidecarEnd>;
}

const schema = JSON.parse(
  readFileSync(new URL("../../../docs/sidecar-protocol.schema.json", import.meta.url), "utf8"),
) as object;
const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
ajv.addSchema(schema, "protocol");

/** Fails with what is wrong. `path`: within the schema. */
function expectValid(path: string, value: unknown): void {
  const validate = ajv.getSchema(`protocol#/$defs/${path}`)!;
  if (!validate(value)) expect.fail(`${path}: ${ajv.errorsText(validate.errors)}: ${JSON.stringify(value)}`);
}

export function isValid(path: string, value: unknown): boolean {
  return Boolean(ajv.getSchema(`protocol#/$defs/${path}`)!(value));
}

export interface SidecarOptions {
  readonly env: NodeJS.ProcessEnv;
  /** @default node and the built binary */
  readonly command?: readonly [string, ...string[]];
}

export function startSidecar({ env, command = [process.execPath, cliPath] }: SidecarOptions): Sidecar {
  const [program, ...args] = command;
  const child = spawn(program, [...args, "serve"], { env, stdio: ["pipe", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  child.stdin.on("error", () => {});
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
  const messages: Message[] = [];
  const methods = new Map<unknown, string>();
  let looks: (() => void)[] = [];
  const taken = new Set<Message>();
  let broken: unknown;

  createInterface(child.stdout).on("line", (line) => {
    try {
      messages.push(checked(JSON.parse(line) as Message, methods));
    } catch (error) {
      broken = error;
    }
    for (const look of looks) look();
  });
  const ended = once(child, "close").then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    stderr,
  }));

  function first<T>(find: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = find();
        if (broken === undefined && found === undefined) return;
        looks = looks.filter((each) => each !== look);
        if (found === undefined) reject(broken);
        else resolve(found);
      };
      looks.push(look);
      void ended.then(() => reject(new Error(`The sidecar ended before. ${stderr}`)));
      look();
    });
  }

  const next = (matches: (message: Message) => boolean): Promise<Message> =>
    first(() => {
      const found = messages.find((each) => !taken.has(each) && matches(each));
      if (found) taken.add(found);
      return found;
    });

  let lastId = 0;
  async function ask(method: string, params?: object, id: number | string = ++lastId): Promise<Answer> {
    const message = { jsonrpc: "2.0", id, method, ...(params && { params }) };
    expectValid("clientMessage", message);
    methods.set(id, method);
    child.stdin.write(`${JSON.stringify(message)}\n`);
    return next((each) => each.method === undefined && each.id === id);
  }

  return {
    child,
    ended,
    ask,
    next,
    async get<T>(method: string, params?: object) {
      const { error, result } = await ask(method, params);
      if (error) throw new Error(`${method}: ${JSON.stringify(error)}`);
      return result as T;
    },
    write: (line) => void child.stdin.write(Buffer.concat([Buffer.from(line), Buffer.from("\n")])),
    reached: (matches) =>
      first(() => messages.find(({ params }) => params && matches(params.state))?.params?.state as never),
  };
}

function checked(message: Message, methods: ReadonlyMap<unknown, string>): Message {
  expectValid("serverMessage", message);
  if (message.method === undefined && message.error === undefined) {
    const method = methods.get(message.id);
    if (method !== undefined) expectValid(`results/$defs/${method.replace("/", "~1")}`, message.result);
  }
  return message;
}

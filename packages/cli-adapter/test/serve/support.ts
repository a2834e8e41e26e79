// `serve` in this process, with a server and ports that are none.
import { EventEmitter, once } from "node:events";
import { PassThrough, Writable } from "node:stream";
import { createFakeClock, createFakePorts, createFakeServer, type FakeServer } from "@loopkey/core/testing";
import { serve } from "../../src/serve/serve.js";

interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly result?: unknown;
  readonly error?: {
    readonly code: number;
    readonly message: string;
    readonly data: { readonly code: string; readonly detail?: string };
  };
}

export interface Sidecar {
  readonly server: FakeServer;
  readonly input: PassThrough;
  readonly ended: Promise<number>;
  /** All of it, in order. */
  readonly messages: readonly Message[];
  /** In bytes. */
  readonly longestLine: () => number;
  readonly write: (line: string) => void;
  readonly ask: (method: string, params?: object, id?: unknown) => Promise<Message>;
  /** Rejects when it ends before. */
  readonly answered: (id: unknown) => Promise<Message>;
  readonly app: object;
  readonly stderr: () => string;
}

export async function createSidecar(): Promise<Sidecar> {
  const clock = createFakeClock();
  const server = await createFakeServer({ clock });
  const input = new PassThrough();
  const messages: Message[] = [];
  const arrivals = new EventEmitter();
  let err = "";
  let longest = 0;
  // A chunk is a line. As with a pipe, what is written has been read some time later.
  const output = new Writable({
    write(line: Buffer, _, onRead) {
      // What only waits for those before it.
      if (line.length === 0) return onRead();
      longest = Math.max(longest, line.length);
      messages.push(JSON.parse(line.toString("utf8")) as Message);
      arrivals.emit("message");
      setImmediate(onRead);
    },
  });
  const ended = serve(
    { input, output, stderr: { write: (text) => void (err += text) } },
    { version: "1.2.3", onNotice: () => {}, createPorts: () => createFakePorts({ clock, server }) },
  );
  let isOver = false;
  void ended.finally(() => {
    isOver = true;
    arrivals.emit("message");
  });
  const answerOf = (id: unknown) => messages.find((each) => each.id === id && each.method === undefined);
  async function answered(id: unknown): Promise<Message> {
    for (;;) {
      const found = answerOf(id);
      if (found) return found;
      if (isOver) throw new Error(`It ended before: ${err}`);
      // oxlint-disable-next-line no-await-in-loop
      await once(arrivals, "message");
    }
  }
  const write = (line: string): void => void input.write(`${line}\n`);
  async function ask(method: string, params: object = {}, id: unknown = `${method} ${messages.length}`) {
    write(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    return answered(id);
  }
  const app = { protocolVersion: 1, appName: "Example" };
  const longestLine = (): number => longest;
  return { server, input, ended, messages, longestLine, write, ask, answered, app, stderr: () => err };
}

export async function signedIn(): Promise<Sidecar> {
  const sidecar = await createSidecar();
  const { ask, app, server } = sidecar;
  await ask("initialize", { ...app, config: { issuer: server.issuer, clientId: "app" } });
  await ask("signIn");
  return sidecar;
}

// A line in, a message out: what is no message is refused, requests find their method, and `$/cancelRequest` finds a request.
import {
  createJSONRPCErrorResponse,
  createJSONRPCNotification,
  JSONRPCServer,
  type JSONRPCRequest,
} from "json-rpc-2.0";
import * as v from "valibot";
import { envelope, id as idSchema, PARAMS, type Id, type Method, type Methods } from "../protocol.js";
import { CANCELLED, ProtocolError, toFailure } from "./failures.js";
import type { Room } from "./room.js";

/** A caller that sends more at a time has lost count. */
const MOST_AT_ONCE = 256;

export interface Connection {
  /** One line of a caller. */
  receive(line: Buffer): void;
  refuse(error: ProtocolError): void;
  notify(method: string, params: object): void;
  /** Ends every wait; what is answered from now on says why. */
  end(reason: Error): void;
}

export function createConnection(
  methods: Omit<Methods, "$/cancelRequest">,
  room: Room,
  send: (message: object, onRead?: () => void) => void,
): Connection {
  const calls = new Set<AbortController>();
  const byId = new Map<Id, AbortController>();
  const server = new JSONRPCServer<AbortSignal>({ errorListener: () => {} });
  server.mapErrorToJSONRPCErrorResponse = failed;
  server.handleMethodNotFound = async ({ id, method }) =>
    id === undefined
      ? null
      : failed(id, new ProtocolError("method_not_found", `There is no method ${quote(method)}.`));

  for (const name of Object.keys(PARAMS) as Method[]) {
    const call = name === "$/cancelRequest" ? cancelRequest : (methods[name] as Methods[Method]);
    server.addMethod(name, async (params: unknown, signal) => {
      const checked = readParams(name, params ?? {});
      try {
        return await call(checked as never, signal);
      } catch (error) {
        // Whatever an aborted call rejects with: why it was ended is known here.
        throw signal.aborted ? signal.reason : error;
      }
    });
  }

  async function cancelRequest({ id }: { readonly id: Id }): Promise<null> {
    byId.get(id)?.abort(CANCELLED);
    return null;
  }

  function refuse(error: ProtocolError): void {
    send(failed(error.id, error));
  }

  function receive(line: Buffer): void {
    let message;
    try {
      message = readMessage(line);
    } catch (error) {
      if (error instanceof ProtocolError) return refuse(error);
      throw error;
    }
    if (!message) return;
    const { id } = message;
    if (id !== undefined && byId.has(id)) {
      // Without it: the answer would be taken for that to the first one.
      const text = `The request ${quote(String(id))} is not answered yet.`;
      return refuse(new ProtocolError("duplicate_id", text));
    }
    if (calls.size >= MOST_AT_ONCE && message.method !== "$/cancelRequest") {
      const text = `${MOST_AT_ONCE} requests are not answered yet.`;
      return id === undefined ? undefined : refuse(new ProtocolError("too_many_requests", text, id));
    }
    const call = new AbortController();
    calls.add(call);
    if (id !== undefined) byId.set(id, call);
    void answer(message, call);
  }

  /** Never rejects: what a method rejects with is an answer. */
  async function answer(message: JSONRPCRequest, call: AbortController): Promise<void> {
    const answered = await server.receive(message, call.signal);
    calls.delete(call);
    if (message.id !== undefined) byId.delete(message.id as Id);
    const done = (): void => room.free(call.signal);
    if (answered) send(answered, done);
    else done();
  }

  return {
    receive,
    refuse,
    notify: (method, params) => send(createJSONRPCNotification(method, params)),
    end(reason) {
      for (const call of calls) call.abort(reason);
    },
  };
}

/** Callers on Windows begin with a byte order mark, which it passes over. */
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Undefined for an empty line. Throws a {@link ProtocolError}. */
function readMessage(line: Buffer): v.InferOutput<typeof envelope> | undefined {
  let value: unknown;
  try {
    const text = utf8.decode(line);
    if (text.trim() === "") return undefined;
    value = JSON.parse(text);
  } catch {
    throw new ProtocolError("parse_error", "This line is no JSON text in UTF-8.");
  }
  if (Array.isArray(value))
    throw new ProtocolError("invalid_request", "Batches are not taken: send a message a line.");
  const { success, output, issues } = v.safeParse(envelope, value);
  if (success) return output;
  const [first] = issues;
  const fault = first.path?.[0]?.key === "params" ? "invalid_params" : "invalid_request";
  throw new ProtocolError(fault, wrong("", first), idOf(value));
}

function idOf(value: unknown): Id | null {
  const found = v.safeParse(v.object({ id: idSchema }), value);
  return found.success ? found.output.id : null;
}

function readParams(name: Method, params: unknown): unknown {
  const { success, output, issues } = v.safeParse(PARAMS[name], params);
  if (success) return output;
  throw new ProtocolError("invalid_params", wrong("params", issues[0]));
}

/** Where and what, and nothing of what was sent: it may be a secret. */
function wrong(at: string, issue: v.BaseIssue<unknown>): string {
  const path = [at, ...(issue.path ?? []).map(({ key }) => String(key).slice(0, 80))]
    .filter(Boolean)
    .join(".");
  return `${path || "The message"}: ${expectedBy(issue)}.`;
}

function expectedBy({ expected, type, message }: v.BaseIssue<unknown>): string {
  if (expected === "never") return "there is no such member";
  // Some kinds have it in the one place, some in the other.
  return `expected ${type === "custom" ? message : (expected ?? type.replaceAll("_", " "))}`;
}

function failed(id: Id | null, error: unknown) {
  const { number, message, data } = toFailure(error);
  return createJSONRPCErrorResponse(id, number, message, data);
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}

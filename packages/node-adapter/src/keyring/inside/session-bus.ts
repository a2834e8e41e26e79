// A few calls on the D-Bus session, on a connection of their own, beside the keyring's library. They start no program.
import { connect, type Socket } from "node:net";
import { once } from "node:events";
import { MessageType, parseMessages, serializeMessage, type Message } from "d-bus-message-protocol";
import type { CompleteType } from "d-bus-type-system";
import type { Environment } from "../../ground/environment.js";
import { startLimit } from "../../ground/limit.js";
import { busSockets } from "./bus-address.js";

export interface BusCall {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly types?: readonly [CompleteType, ...CompleteType[]];
  readonly args?: readonly [unknown, ...unknown[]];
}

/** Resolves with what the answer holds. Rejects with a plain Error whose message names the error of D-Bus. */
export type CallOnBus = (call: BusCall) => Promise<readonly unknown[]>;

export interface SessionBusOptions {
  readonly env: Environment;
  readonly signal: AbortSignal;
}

interface Waiting {
  readonly resolve: (answer: readonly unknown[]) => void;
  readonly reject: (error: Error) => void;
}

/** For all calls of a task: what is asked here is answered at once, or by a program that is busy with something else. */
const LIMIT_MS = 2_000;
/** Of one answer: what is asked for is short. */
const LARGEST_BYTES = 1 << 20;

const HELLO: BusCall = {
  destination: "org.freedesktop.DBus",
  path: "/org/freedesktop/DBus",
  interface: "org.freedesktop.DBus",
  member: "Hello",
};

/**
 * Runs the task with a connection that is closed when it has settled, after two seconds, or when the signal is aborted. Does not run it
 * where there is none to be had: no such socket, or an abstract one, which Node 20 does not find.
 */
export async function withSessionBus<T>(
  task: (call: CallOnBus) => Promise<T>,
  { env, signal }: SessionBusOptions,
): Promise<T | undefined> {
  const socket = await firstThatConnects(busSockets(env));
  if (!socket) return undefined;
  signal.throwIfAborted();
  const callOff = startLimit(LIMIT_MS, () => socket.destroy(new Error(`NoReply within ${LIMIT_MS} ms`)));
  const giveUp = (): void => void socket.destroy(signal.reason as Error);
  signal.addEventListener("abort", giveUp);
  try {
    const call = speakOn(socket);
    await call(HELLO);
    return await task(call);
  } finally {
    callOff();
    signal.removeEventListener("abort", giveUp);
    socket.destroy();
  }
}

async function firstThatConnects(paths: readonly string[]): Promise<Socket | undefined> {
  for (const path of paths) {
    const socket = connect({ path });
    // oxlint-disable-next-line no-await-in-loop
    const isConnected = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    if (isConnected) return socket;
  }
  return undefined;
}

/** The socket is taken to be a bus that takes this account: if it does not, the first call says so. */
function speakOn(socket: Socket): CallOnBus {
  const waiting = new Map<number, Waiting>();
  let serial = 0;
  let isLetIn = false;
  let received = Buffer.alloc(0);
  let end: Error | undefined;

  function fail(error: Error): void {
    end ??= error;
    for (const { reject } of waiting.values()) reject(end);
    waiting.clear();
  }

  function read(): void {
    if (!isLetIn) {
      const length = received.indexOf("\r\n");
      if (length < 0) return;
      if (!received.toString("latin1", 0, length).startsWith("OK "))
        throw new Error("Failed to connect to socket of the session: Permission denied");
      received = received.subarray(length + 2);
      isLetIn = true;
    }
    for (let size = sizeOfFirst(received); size <= received.length; size = sizeOfFirst(received)) {
      const message = Uint8Array.from(received.subarray(0, size)).buffer;
      received = received.subarray(size);
      for (const answer of parseMessages(message)) settle(answer);
    }
  }

  function settle(message: Message): void {
    if (message.messageType !== MessageType.MethodReturn && message.messageType !== MessageType.Error) return;
    const call = waiting.get(message.replySerial);
    waiting.delete(message.replySerial);
    const [first] = message.args ?? [];
    if (message.messageType === MessageType.MethodReturn) call?.resolve(message.args ?? []);
    else call?.reject(new Error(`${message.errorName}: ${typeof first === "string" ? first : ""}`));
  }

  socket.on("error", fail);
  socket.on("close", () => fail(new Error("Connection was disconnected")));
  socket.on("data", (chunk) => {
    received = Buffer.concat([received, chunk]);
    try {
      read();
    } catch (error) {
      socket.destroy(error as Error);
    }
  });
  // The bus answers in order, so it need not be waited for.
  const user = Buffer.from(String(process.geteuid!())).toString("hex");
  socket.write(`\0AUTH EXTERNAL ${user}\r\nBEGIN\r\n`);

  return ({ destination, path, interface: interfaceName, member: memberName, types, args }) => {
    if (end) return Promise.reject(end);
    serial++;
    const what = { destination, objectPath: path, interfaceName, memberName };
    const body = types && args ? { types, args } : {};
    const message = {
      messageType: MessageType.MethodCall as const,
      serial,
      noAutoStart: true,
      ...what,
      ...body,
    };
    return new Promise((resolve, reject) => {
      waiting.set(serial, { resolve, reject });
      socket.write(new Uint8Array(serializeMessage(message)));
    });
  };
}

/** Of the message that begins there, with its header; more than there is where that has not come yet. */
function sizeOfFirst(received: Buffer): number {
  if (received.length < 16) return Infinity;
  const isLittle = received[0] === 0x6c;
  const at = (offset: number): number =>
    isLittle ? received.readUInt32LE(offset) : received.readUInt32BE(offset);
  const size = 16 + Math.ceil(at(12) / 8) * 8 + at(4);
  if (size > LARGEST_BYTES) throw new Error("An answer of D-Bus is too large");
  return size;
}

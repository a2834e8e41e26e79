// Sends an attack to a listener, and says what came back.
import { connect, type Socket } from "node:net";
import { fillIn, type Attack, type Blanks, type Delivery } from "./listener-requests.js";

/** Where a request that comes byte by byte is cut into larger parts: each costs a turn on both sides. */
const MOST_PARTS = 500;

/** Far more than the time limits of the listener: only one that has forgotten a connection takes as long. */
const LONGEST_MS = 10_000;

export interface Outcome {
  /** In latin1. */
  readonly answer: string;
  readonly sentBytes: number;
  /** Whether the connection was closed in time. */
  readonly isClosed: boolean;
  /** How the connection failed, if it did: a reset is one of the ways to be turned away. */
  readonly failure: string | undefined;
  /** From connecting to the first byte, in milliseconds: long where this process was held up itself. */
  readonly lateness: number;
}

export async function send(attack: Attack, blanks: Blanks): Promise<Outcome> {
  const bytes = fillIn(attack.text, blanks);
  const { delivery } = attack;
  const sent = delivery.how === "cut" ? bytes.subarray(0, delivery.keep) : bytes;
  const socket = connect({ host: "127.0.0.1", port: Number(blanks.port), noDelay: true });
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  const begin = performance.now();
  let lateness = 0;
  // What is written before then is sent in the same turn.
  socket.on("connect", () => (lateness = performance.now() - begin));
  let failure: string | undefined;
  socket.on("error", (error: NodeJS.ErrnoException) => {
    failure = `${error.syscall} ${error.code}`;
  });
  const closed = new Promise<true>((resolve) => socket.once("close", () => resolve(true)));
  const late = new Promise<false>((resolve) => {
    const timer = setTimeout(resolve, LONGEST_MS, false);
    void closed.then(() => clearTimeout(timer));
  });
  await write(socket, sent, delivery);
  const isClosed = await Promise.race([closed, late]);
  socket.destroy();
  return {
    answer: Buffer.concat(chunks).toString("latin1"),
    sentBytes: sent.length,
    isClosed,
    failure,
    lateness,
  };
}

async function write(socket: Socket, bytes: Buffer, delivery: Delivery): Promise<void> {
  switch (delivery.how) {
    case "whole":
      socket.write(bytes);
      return;
    case "half-close":
      socket.end(bytes);
      return;
    case "split":
      for (const part of partsOf(bytes, delivery.cuts)) {
        // The listener may have refused it by now.
        if (!socket.writable) return;
        // oxlint-disable-next-line no-await-in-loop
        await new Promise((resolve) => socket.write(part, resolve));
      }
      return;
    case "reset":
      await new Promise((resolve) => socket.write(bytes, resolve));
      if (!socket.destroyed) socket.resetAndDestroy();
      return;
    case "cut":
      if (delivery.ending === "end") return void socket.end(bytes);
      await new Promise((resolve) => socket.write(bytes, resolve));
      if (delivery.ending === "reset" && !socket.destroyed) socket.resetAndDestroy();
  }
}

function partsOf(bytes: Buffer, cuts: readonly number[] | "every"): readonly Buffer[] {
  const length = Math.ceil(bytes.length / MOST_PARTS);
  const at =
    cuts === "every" ? Array.from({ length: Math.floor(bytes.length / length) }, (_, n) => n * length) : cuts;
  return [...at, bytes.length].map((end, n, all) => bytes.subarray(n === 0 ? 0 : all[n - 1], end));
}

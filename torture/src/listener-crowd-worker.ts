// One of the processes that crowd a listener: opens connections, leaves their requests half sent, and holds on to them.
import { connect, type Socket } from "node:net";
import { say } from "./worker.js";

/** Half sent and left; or `slow`, a byte now and then, or `again` and again: a new one as soon as one is closed. */
export type Manner = "half sent" | "slow" | "again";

export type CrowdOrder =
  | { readonly do: "crowd"; readonly port: number; readonly count: number; readonly manner: Manner }
  | { readonly do: "stop" };

export interface CrowdAnswer {
  readonly connected: number;
  /** Connections that were refused, or given up before they were made. */
  readonly failed: number;
}

const HALF = "GET /callback?code=half HTTP/1.1\r\nHost: 127.";
/** As many at a time as fit into the queue of the system. */
const BATCH = 50;
const BYTE_EVERY_MS = 50;

const open = new Set<Socket>();
let connected = 0;
let failed = 0;
let isOver = false;
let dripping: NodeJS.Timeout | undefined;

process.on("message", (order: CrowdOrder) => void obey(order));
// Whoever gave the orders is gone, or has heard enough.
process.on("disconnect", leave);

async function obey(order: CrowdOrder): Promise<void> {
  if (order.do === "crowd") await crowd(order.port, order.count, order.manner);
  else leave();
  const answer: CrowdAnswer = { connected, failed };
  say({ answer });
}

/** Half sent, it resolves when so many have been opened. The others go on, so many at a time. */
async function crowd(port: number, count: number, manner: Manner): Promise<void> {
  if (manner === "slow") dripping = setInterval(drip, BYTE_EVERY_MS);
  if (manner !== "half sent") {
    for (let n = 0; n < count; n++) void hold(port, manner);
    return;
  }
  for (let n = 0; n < count; n += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, count - n) }, () => hold(port, manner));
    // oxlint-disable-next-line no-await-in-loop
    await Promise.all(batch);
  }
}

/** Resolves when it is connected, or will never be. */
function hold(port: number, manner: Manner): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    open.add(socket);
    let isConnected = false;
    socket.on("connect", () => {
      isConnected = true;
      connected++;
      socket.write(HALF);
      resolve();
    });
    socket.on("error", ({ code }: NodeJS.ErrnoException) => {
      // It was made, and has made room for another before this process came to know of it.
      if (isConnected || code !== "ECONNRESET") return;
      isConnected = true;
      connected++;
    });
    socket.on("close", () => {
      open.delete(socket);
      if (!isConnected) failed++;
      resolve();
      if (!isOver && manner !== "half sent") void hold(port, manner);
    });
  });
}

function drip(): void {
  for (const socket of open) if (socket.writable) socket.write("1");
}

function leave(): void {
  isOver = true;
  clearInterval(dripping);
  for (const socket of open) socket.destroy();
}

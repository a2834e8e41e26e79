// A network in between: what is sent arrives half a round trip later, and a new connection costs one round trip more.
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export function createDelayLine(port: number, roundTripMs: number): Server {
  return createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
    const far = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
    // The handshake of TCP, which loopback does not show: the first bytes wait for it.
    carry(near, far, roundTripMs / 2, roundTripMs);
    carry(far, near, roundTripMs / 2, 0);
  });
}

function carry(from: Socket, to: Socket, delayMs: number, firstMs: number): void {
  let extra = firstMs;
  let order = Promise.resolve();
  const later = (act: () => void): void => {
    const arrived = sleep(delayMs + extra);
    extra = 0;
    order = order.then(() => arrived).then(act);
  };
  from.on("data", (bytes) => later(() => void to.write(bytes)));
  from.on("end", () => later(() => void to.end()));
  from.on("error", () => to.destroy());
}

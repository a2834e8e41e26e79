// A proxy as a company has one: all requests go through it, so it can be off, or keep an answer back.
import { once } from "node:events";
import { createServer, request, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface CompanyProxy {
  /** For Chromium, which otherwise asks loopback addresses directly. */
  readonly flags: readonly string[];
  /** Paths that went through, in order. */
  readonly paths: readonly string[];
  /** Hangs up on everybody, or not any more. */
  setOff(isOff: boolean): void;
  /** Keeps back the next answer to this path. */
  hold(path: string): HeldAnswer;
}

interface HeldAnswer {
  /** The server has answered. */
  readonly answered: Promise<void>;
  /** Lets the answer through. */
  release(): void;
}

/** Closed when the test is finished. */
export async function startProxy(): Promise<CompanyProxy> {
  const paths: string[] = [];
  const held = new Map<string, { answered: () => void; readonly released: Promise<void> }>();
  let isOff = false;
  const server = createServer((incoming, outgoing) => {
    if (isOff) {
      incoming.socket.destroy();
      return;
    }
    const { pathname } = new URL(incoming.url!);
    paths.push(pathname);
    const onAnswer = async (answer: IncomingMessage): Promise<void> => {
      const hold = held.get(pathname);
      held.delete(pathname);
      hold?.answered();
      await hold?.released;
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    };
    const { method, headers } = incoming;
    const forwarded = request(incoming.url!, { method: method!, headers }, (answer) => void onAnswer(answer));
    forwarded.on("error", () => outgoing.destroy());
    incoming.pipe(forwarded);
  }).listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, "listening");
  return {
    flags: [
      `--proxy-server=http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      "--proxy-bypass-list=<-loopback>",
    ],
    paths,
    setOff(off) {
      isOff = off;
      if (off) server.closeAllConnections();
    },
    hold(path) {
      let release = (): void => {};
      const released = new Promise<void>((resolve) => (release = resolve));
      const answered = new Promise<void>((resolve) => held.set(path, { answered: resolve, released }));
      return { answered, release };
    },
  };
}

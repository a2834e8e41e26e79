// The fake server behind a socket, http or TLS, that can hold an answer back: made, spent, and not yet with the client.
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { readFileSync } from "node:fs";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { createFakeServer, type FakeServer, type Offer } from "@loopkey/core/testing";
import { systemClock } from "../../src/clock/system.js";

/** For localhost, and trusted by whoever is started with it in NODE_EXTRA_CA_CERTS. */
export const CERTIFICATE = fileURLToPath(new URL("../fixtures/tls-localhost.pem", import.meta.url));

/** Where an answer stops: before its headers, or in the middle of a body of 500 KB. */
export type HoldAt = "headers" | "body";

interface HeldAnswer {
  /** The server has done what was asked, and sends no more. */
  readonly reached: Promise<void>;
  readonly release: () => void;
}

export interface HoldingServer {
  readonly fake: FakeServer;
  /** Holds the next answer of the token endpoint that gives tokens. */
  readonly hold: (at: HoldAt) => HeldAnswer;
  readonly close: () => void;
}

interface Gate {
  readonly at: HoldAt;
  readonly reach: () => void;
  readonly open: Promise<void>;
}

export async function startHoldingServer(
  isSecure: boolean,
  offers: readonly Offer[],
): Promise<HoldingServer> {
  let gate: Gate | undefined;
  let fake: FakeServer;

  async function answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const { method = "GET", url = "/", headers } = message;
    const given = await fake.handle(
      new Request(new URL(url, fake.issuer), {
        method,
        headers: headers as Record<string, string>,
        ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
      }),
    );
    const { status, headers: answered } = given.response!;
    let body = Buffer.from(await given.response!.arrayBuffer());
    const held = url.startsWith("/token") && status === 200 ? gate : undefined;
    if (held) gate = undefined;
    if (held?.at === "body") {
      const padded = { ...(JSON.parse(body.toString()) as object), padding: "x".repeat(500_000) };
      body = Buffer.from(JSON.stringify(padded));
    }
    if (held?.at === "headers") {
      held.reach();
      await held.open;
    }
    response.writeHead(status, [...answered].flat());
    if (held?.at === "body") {
      response.write(body.subarray(0, 250_000), held.reach);
      await held.open;
      body = body.subarray(250_000);
    }
    response.end(body);
  }

  const pem = readFileSync(CERTIFICATE, "utf8");
  const listener = (message: IncomingMessage, response: ServerResponse): void =>
    void answer(message, response).catch(() => response.destroy());
  const server = isSecure ? createHttpsServer({ key: pem, cert: pem }, listener) : createHttpServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `${isSecure ? "https" : "http"}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  fake = await createFakeServer({ clock: systemClock, issuer, offers });

  return {
    fake,
    close() {
      server.close();
      server.closeAllConnections();
    },
    hold(at) {
      let release = (): void => {};
      let reach = (): void => {};
      const open = new Promise<void>((resolve) => (release = resolve));
      const reached = new Promise<void>((resolve) => (reach = resolve));
      gate = { at, reach, open };
      return { reached, release };
    },
  };
}

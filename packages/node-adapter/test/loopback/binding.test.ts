import { createServer, type AddressInfo, type ListenOptions, type Server } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { parseLoopbackUri } from "@loopkey/core";
import { bindFirst, type Binding } from "../../src/loopback/inside/binding.js";
import { posixTest } from "../support/platform.js";
import {
  endWaits,
  freePort,
  hasIPv6,
  isClosed,
  listen,
  rejection,
  succeed,
  takePort,
} from "../support/raw-client.js";

const ipv6 = await hasIPv6();

function withIPv6(name: string, run: () => Promise<void>): void {
  test(name, async (ctx) => {
    ctx.skip(!ipv6, "this machine has no IPv6 loopback: sudo sysctl net.ipv6.conf.lo.disable_ipv6=0");
    await run();
  });
}

const bindings: Binding[] = [];
afterEach(() => {
  endWaits();
  for (const { servers } of bindings.splice(0)) for (const server of servers) server.close();
});

/** Binds with servers whose `listen` fails where `fail` names an error: a machine that we do not have. */
async function bind(
  uris: readonly string[],
  fail: (options: ListenOptions) => string | undefined = () => undefined,
): Promise<Binding> {
  const makeServer = () => {
    const server = createServer();
    const realListen = server.listen.bind(server) as (options: ListenOptions) => Server;
    server.listen = ((options: ListenOptions) => {
      const code = fail(options);
      if (code === undefined) return realListen(options);
      process.nextTick(() => server.emit("error", Object.assign(new Error(`listen ${code}`), { code })));
      return server;
    }) as typeof server.listen;
    return server;
  };
  const { signal } = new AbortController();
  const binding = await bindFirst(uris.map(parseLoopbackUri), {
    createServer: makeServer,
    backlog: 8,
    signal,
  });
  bindings.push(binding);
  return binding;
}

const addresses = ({ servers }: Binding) =>
  servers.map((server) => (server.address() as AddressInfo).address);

describe("which address is bound", () => {
  test("127.0.0.1 alone for 127.0.0.1", async () => {
    expect(addresses(await bind(["http://127.0.0.1/callback"]))).toEqual(["127.0.0.1"]);
  });

  withIPv6("::1 alone for [::1]", async () => {
    expect(addresses(await bind(["http://[::1]/callback"]))).toEqual(["::1"]);
  });

  withIPv6("both with one port for localhost", async () => {
    const binding = await bind(["http://localhost/callback"]);
    expect(addresses(binding)).toEqual(["127.0.0.1", "::1"]);
    for (const server of binding.servers) expect((server.address() as AddressInfo).port).toBe(binding.port);
  });

  for (const code of ["EADDRNOTAVAIL", "EAFNOSUPPORT", "EPROTONOSUPPORT", "EPERM", "EACCES"]) {
    // Windows says so of ports that it has reserved.
    const testThere = code === "EACCES" ? posixTest("filters of system calls") : test;
    testThere(`127.0.0.1 alone for localhost where ::1 does not exist (${code})`, async () => {
      const binding = await bind(["http://localhost/callback"], ({ host }) =>
        host === "::1" ? code : undefined,
      );
      expect(addresses(binding)).toEqual(["127.0.0.1"]);
    });
  }

  withIPv6("::1 alone for localhost where 127.0.0.1 does not exist", async () => {
    const binding = await bind(["http://localhost/callback"], ({ host }) =>
      host === "127.0.0.1" ? "EADDRNOTAVAIL" : undefined,
    );
    expect(addresses(binding)).toEqual(["::1"]);
  });

  withIPv6("ports are tried until one is free on both stacks", async () => {
    let taken = 0;
    const binding = await bind(["http://localhost/callback"], ({ host }) =>
      host === "::1" && taken++ < 63 ? "EADDRINUSE" : undefined,
    );
    expect(taken).toBe(64);
    expect(addresses(binding)).toEqual(["127.0.0.1", "::1"]);
  });

  test("after 64 ports it gives up, and holds none of them", async () => {
    const ports: number[] = [];
    const binding = bind(["http://localhost/callback"], ({ host, port }) => {
      if (host !== "::1") return undefined;
      ports.push(port!);
      return "EADDRINUSE";
    });
    await expect(binding).rejects.toThrow("http://localhost/callback (EADDRINUSE: the port is taken)");
    expect(ports).toHaveLength(64);
    for (const port of ports) expect(await isClosed("127.0.0.1", port)).toBe(true);
  });
});

describe("a fixed port", () => {
  test("is bound exactly, and stays in the redirect URI as registered", async () => {
    const port = await freePort();
    const wait = await listen([`http://127.0.0.1:${port}/callback`]);
    expect(wait.redirectUri).toBe(`http://127.0.0.1:${port}/callback`);
    expect(await succeed(wait)).toContain("200 OK");
    expect(await succeed(await listen([`http://127.0.0.1:${port}/callback`]))).toContain("200 OK");
  });

  test("that is taken gives way to the next URI", async () => {
    const taken = await takePort("127.0.0.1");
    const next = await freePort();
    const wait = await listen([
      `http://127.0.0.1:${taken.port}/callback`,
      `http://127.0.0.1:${next}/callback`,
      "http://127.0.0.1/callback",
    ]);
    expect(wait.redirectUri).toBe(`http://127.0.0.1:${next}/callback`);
    expect(await succeed(wait)).toContain("200 OK");
    await taken.release();
  });

  withIPv6("of localhost that is taken on ::1 only is taken", async () => {
    const taken = await takePort("::1");
    const wait = await listen([`http://localhost:${taken.port}/callback`, "http://localhost/callback"]);
    expect(wait.redirectUri).not.toContain(`:${taken.port}/`);
    await taken.release();
  });

  test("that the system keeps for itself (EACCES) gives way to the next URI", async () => {
    const binding = await bind(["http://127.0.0.1:7/callback", "http://127.0.0.1/callback"], ({ port }) =>
      port === 7 ? "EACCES" : undefined,
    );
    expect(binding.uri.uri).toBe("http://127.0.0.1/callback");
  });
});

describe("when nothing can be bound", () => {
  test("the error names each URI and why", async () => {
    const taken = await takePort("127.0.0.1");
    const failing = bind(
      [`http://127.0.0.1:${taken.port}/callback`, "http://127.0.0.1:7/callback", "http://[::1]/callback"],
      ({ host, port }) => (host === "::1" ? "EADDRNOTAVAIL" : port === 7 ? "EACCES" : undefined),
    );
    const error = await rejection(failing);
    expect(error.message).toBe(
      "Could not listen for the redirect on any of " +
        `http://127.0.0.1:${taken.port}/callback (EADDRINUSE: the port is taken), ` +
        "http://127.0.0.1:7/callback (EACCES: the system does not give out this port), " +
        "http://[::1]/callback (EADDRNOTAVAIL: this machine does not have the address).",
    );
    expect(error).toHaveProperty(
      "hint",
      "Free the port, or register a redirect URI without a port, or with another one.",
    );
    const { errors } = error.cause as AggregateError;
    expect(errors.map(({ code }: NodeJS.ErrnoException) => code)).toEqual([
      "EADDRINUSE",
      "EACCES",
      "EADDRNOTAVAIL",
    ]);
    await taken.release();
  });

  test("for want of the address, the hint names the URI on the one that is there, with its port and path", async () => {
    for (const [uri, instead] of [
      ["http://[::1]/callback", "http://127.0.0.1/callback"],
      ["http://[::1]:8123/back", "http://127.0.0.1:8123/back"],
    ] as const) {
      // oxlint-disable-next-line no-await-in-loop
      const error = await rejection(
        bind([uri], ({ host }) => (host === "::1" ? "EADDRNOTAVAIL" : undefined)),
      );
      expect(error).toHaveProperty("hint", expect.stringContaining(`register ${instead} at the server`));
    }
    const neither = await rejection(bind(["http://[::1]/callback"], () => "EADDRNOTAVAIL"));
    expect(neither).toHaveProperty("hint", expect.stringContaining("Free the port"));
  });

  test("an address that is not loopback is refused before anything is bound", async () => {
    await expect(listen(["http://127.0.0.1/callback", "http://0.0.0.0/callback"])).rejects.toThrow(TypeError);
    await expect(listen([])).rejects.toThrow("No redirect URI to listen on");
  });
});

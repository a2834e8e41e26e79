// Binds a loopback redirect URI: the right host, on every IP stack it stands for, with one port.
import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";
import type { LoopbackUri } from "@loopkey/core";

/** How often another port from the OS is tried until one is free on both stacks. */
const PORT_ATTEMPTS = 64;

/** `localhost` may be resolved to either address: a browser that tries ::1 first must find us, not a stranger. */
const ADDRESSES = {
  "127.0.0.1": ["127.0.0.1"],
  "[::1]": ["::1"],
  localhost: ["127.0.0.1", "::1"],
} as const satisfies Record<LoopbackUri["host"], readonly string[]>;

export interface BindOptions {
  /** Makes a server that does not listen yet; called once for every attempt. */
  readonly createServer: () => Server;
  readonly backlog: number;
  readonly signal: AbortSignal;
}

export interface Binding {
  readonly uri: LoopbackUri;
  readonly servers: readonly Server[];
  /** The port of the live sockets. */
  readonly port: number;
}

/**
 * Binds the first of the URIs that can be bound. Rejects with an Error that names each URI and why it could not, its
 * `cause` an AggregateError of the causes in the same order; or with the signal's reason, leaving nothing bound.
 */
export async function bindFirst(uris: readonly LoopbackUri[], options: BindOptions): Promise<Binding> {
  const failures: { readonly uri: LoopbackUri; readonly error: Error }[] = [];
  for (const uri of uris) {
    try {
      // One after the other: they are in order of preference.
      // oxlint-disable-next-line no-await-in-loop
      return await bindUri(uri, options);
    } catch (error) {
      options.signal.throwIfAborted();
      failures.push({ uri, error: error as Error });
    }
  }
  const tried = failures.map(({ uri, error }) => `${uri.uri} (${explain(error, uri.port)})`).join(", ");
  const cause = new AggregateError(
    failures.map(({ error }) => error),
    "No redirect URI could be bound",
  );
  const instead = await otherUri(failures, options);
  throw Object.assign(
    new Error(`Could not listen for the redirect on ${failures.length === 1 ? "" : "any of "}${tried}.`, {
      cause,
    }),
    {
      hint: instead
        ? `This machine has the other loopback address: register ${instead} at the server too, and use that.`
        : "Free the port, or register a redirect URI without a port, or with another one.",
    },
  );
}

/** Where only the address is missing: what would do on this machine. The server must know it, so it is not taken unasked. */
async function otherUri(
  failures: readonly { readonly uri: LoopbackUri; readonly error: Error }[],
  options: BindOptions,
): Promise<string | undefined> {
  const [first] = failures;
  if (!first || !failures.every(({ uri, error }) => isMissingStack(error, uri.port ?? 0))) return undefined;
  const host = first.uri.host === "[::1]" ? "127.0.0.1" : "[::1]";
  try {
    const { servers } = await bindStacks(ADDRESSES[host], 0, options);
    for (const server of servers) server.close();
    const { pathname } = new URL(first.uri.uri);
    return `http://${host}${first.uri.port === undefined ? "" : `:${first.uri.port}`}${pathname}`;
  } catch {
    return undefined;
  }
}

async function bindUri(uri: LoopbackUri, options: BindOptions): Promise<Binding> {
  const attempts = uri.port === undefined ? PORT_ATTEMPTS : 1;
  for (let attempt = 1; ; attempt++) {
    try {
      // oxlint-disable-next-line no-await-in-loop
      return { uri, ...(await bindStacks(ADDRESSES[uri.host], uri.port ?? 0, options)) };
    } catch (error) {
      // Only a port that another stack has taken is worth another port; a lone stack got its own from the OS.
      if (attempt >= attempts || !isTaken(error)) throw error;
    }
  }
}

/** Listens on each address that exists on this machine, all with one port. */
async function bindStacks(
  addresses: readonly string[],
  wantedPort: number,
  { createServer, backlog, signal }: BindOptions,
): Promise<{ servers: readonly Server[]; port: number }> {
  const servers: Server[] = [];
  let port = wantedPort;
  let missingStack: unknown;
  try {
    for (const host of addresses) {
      signal.throwIfAborted();
      const server = createServer();
      try {
        // `exclusive`: a cluster worker must not share the port with its siblings.
        server.listen({ host, port, backlog, exclusive: true });
        // oxlint-disable-next-line no-await-in-loop
        await once(server, "listening");
      } catch (error) {
        if (!isMissingStack(error, port)) throw error;
        missingStack = error;
        continue;
      }
      servers.push(server);
      port = (server.address() as AddressInfo).port;
    }
    signal.throwIfAborted();
    if (servers.length === 0) throw missingStack;
    return { servers, port };
  } catch (error) {
    for (const server of servers) server.close();
    throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/** Windows answers EACCES for ports it has reserved: as good as taken. */
function isTaken(error: unknown): boolean {
  return codeOf(error) === "EADDRINUSE" || codeOf(error) === "EACCES";
}

/** No such address, or no such kind of socket: turned off in the kernel, or refused to this process by a filter (seccomp). */
const MISSING = new Set([
  "EADDRNOTAVAIL",
  "EAFNOSUPPORT",
  "EPROTONOSUPPORT",
  "ESOCKTNOSUPPORT",
  "EPERM",
  "ENOSYS",
]);
/** Below it a port may be refused for itself. */
const FIRST_FREE_PORT = 1_024;

function isMissingStack(error: unknown, port: number): boolean {
  const code = codeOf(error) ?? "";
  const isOfAnyPort = process.platform !== "win32" && (port === 0 || port >= FIRST_FREE_PORT);
  return MISSING.has(code) || (code === "EACCES" && isOfAnyPort);
}

const EXPLANATIONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "the port is taken",
  EACCES: "the system does not give out this port",
};
const NO_ADDRESS = "this machine does not have the address";

function explain(error: Error, port = 0): string {
  const code = codeOf(error);
  const explanation = code && (isMissingStack(error, port) ? NO_ADDRESS : EXPLANATIONS[code]);
  return explanation ? `${code}: ${explanation}` : error.message;
}

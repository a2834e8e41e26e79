#!/usr/bin/env node
// The identity provider as a program: one line of JSON when it is ready, a clean stop on SIGTERM and SIGINT.
import { parseArgs } from "node:util";
import type { IdentityProviderOptions } from "./options.js";
import { startIdentityProvider } from "./server.js";

const HELP = `Usage: identity-provider [options]

Starts an OpenID provider with a protected API, for demos and tests. Everything is kept in memory.
Prints one line of JSON on stdout when it is ready; stops on SIGTERM and SIGINT.

  --port <number>                   port to listen on; 0: any (default 0)
  --host <host>                     loopback host, part of the issuer (default 127.0.0.1)
  --access-token-seconds <number>   default 3600
  --id-token-seconds <number>       default 3600
  --refresh-token-seconds <number>  default 1209600
  --help                            show this
`;

const OPTIONS = {
  port: { type: "string" },
  host: { type: "string" },
  "access-token-seconds": { type: "string" },
  "id-token-seconds": { type: "string" },
  "refresh-token-seconds": { type: "string" },
  help: { type: "boolean" },
} as const;

try {
  await main();
} catch (error) {
  process.stderr.write(`identity-provider: ${explain(error)}\n`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) return void process.stdout.write(HELP);
  const server = await startIdentityProvider({
    ...number("port", values.port),
    ...(values.host !== undefined && { host: values.host }),
    ...number("accessTokenSeconds", values["access-token-seconds"]),
    ...number("idTokenSeconds", values["id-token-seconds"]),
    ...number("refreshTokenSeconds", values["refresh-token-seconds"]),
  });
  // With the socket gone nothing keeps the process alive: it ends by itself, with code 0.
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void server.close());
  const { issuer, apiUrl, clientId, account } = server;
  process.stdout.write(`${JSON.stringify({ ready: true, issuer, apiUrl, clientId, ...account })}\n`);
}

type NumberOption = "port" | "accessTokenSeconds" | "idTokenSeconds" | "refreshTokenSeconds";

function number(name: NumberOption, value: string | undefined): IdentityProviderOptions {
  if (value === undefined) return {};
  if (!/^\d{1,9}$/.test(value)) throw new TypeError(`${name} must be a whole number, not "${value}"`);
  return { [name]: Number(value) };
}

function explain(error: unknown): string {
  const { code, message, port, address } = error as NodeJS.ErrnoException & {
    port?: number;
    address?: string;
  };
  if (code === "EADDRINUSE")
    return `port ${port} on ${address} is already in use; choose another with --port`;
  return `${message}\nTry --help.`;
}

#!/usr/bin/env node
// The identity provider as a program: one line of JSON when it is ready, a clean stop on SIGTERM and SIGINT.
import { HELP, readCommandLine } from "./command-line.js";
import { startIdentityProvider } from "./server.js";

try {
  await main();
} catch (error) {
  process.stderr.write(`identity-provider: ${explain(error)}\n`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const options = readCommandLine(process.argv.slice(2));
  if (options === "help") return void process.stdout.write(HELP);
  const server = await startIdentityProvider(options);
  // With the socket gone nothing keeps the process alive: it ends by itself, with code 0.
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void server.close());
  const { issuer, apiUrl, clientId, account } = server;
  process.stdout.write(`${JSON.stringify({ ready: true, issuer, apiUrl, clientId, ...account })}\n`);
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

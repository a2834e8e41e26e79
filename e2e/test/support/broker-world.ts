// A person who has signed in with the binary, an API of their profile, and programs that are run by the broker.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { startFakeServer, type RunningFakeServer } from "@loopkey/node-adapter/testing";
import { onTestFinished, type TestContext } from "vitest";
import { createCli, type Cli } from "./cli.js";
import { NO_BUS } from "./cli-world.js";

const PASSPHRASE = "of the tests";

/** Of localhost, 127.0.0.1 and ::1, with its key. */
export const CERTIFICATE = fileURLToPath(
  new URL("../../../packages/node-adapter/test/fixtures/tls-localhost.pem", import.meta.url),
);

export interface BrokerWorld {
  readonly cli: Cli;
  readonly server: RunningFakeServer;
  /** An origin of the profile, which takes the session's tokens alone. */
  readonly api: { readonly origin: string; readonly seen: IncomingMessage[]; readonly server: Server };
  /** The name of its base URL in the environment. */
  readonly name: string;
  /** `loopkey broker ... -- program args`. */
  readonly broker: (options: readonly string[], command: readonly string[]) => readonly string[];
}

/** `answer` is asked when the token is a good one. @default 200 and the path */
export async function createBrokerWorld(
  answer: RequestListener = ({ url }, response) => void response.end(`You asked for ${url}`),
  { login = [], isSecure = false }: { readonly login?: readonly string[]; readonly isSecure?: boolean } = {},
): Promise<BrokerWorld> {
  const server = await startFakeServer({ offers: ["dpop"] });
  onTestFinished(() => server.close());
  const seen: IncomingMessage[] = [];
  const onRequest: RequestListener = (request, response) => {
    seen.push(request);
    // The server of the sign-in says whether the token is one of its own.
    const { authorization = "" } = request.headers;
    const judge = async (): Promise<void> => {
      const { status } = await fetch(`${server.issuer}/api`, { headers: { authorization } });
      if (status === 200) answer(request, response);
      else response.writeHead(401, { "www-authenticate": 'Bearer error="invalid_token"' }).end("no");
    };
    void judge();
  };
  const pem = readFileSync(CERTIFICATE);
  const http = isSecure ? createSecureServer({ key: pem, cert: pem }, onRequest) : createServer(onRequest);
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  onTestFinished(() => {
    http.close();
    http.closeAllConnections();
  });
  const { port } = http.address() as AddressInfo;
  const origin = `${isSecure ? "https" : "http"}://127.0.0.1:${port}`;
  const cli = await createCli({
    ...NO_BUS,
    LOOPKEY_PASSPHRASE: PASSPHRASE,
    ...(isSecure && { NODE_EXTRA_CA_CERTS: CERTIFICATE }),
    // The server needs nobody at its page.
    BROWSER: `"${process.execPath}" -e fetch(process.argv[1]) %s`,
  });
  const names = ["--issuer", server.issuer, "--client-id", "app", "--api-origin", origin];
  const { code, stderr } = await cli.run(["login", ...names, ...login]);
  if (code !== 0) throw new Error(stderr);
  return {
    cli,
    server,
    api: { origin, seen, server: http },
    name: `LOOPKEY_BROKER_127_0_0_1_${port}`,
    broker: (options, command) => ["broker", ...options, "--", ...command],
  };
}

const PACKAGES: Readonly<Record<string, string>> = {
  curl: "curl",
  git: "git",
  python3: "python3",
  openssl: "openssl",
};

/** Skips the test by name where the program is missing; on a CI machine that is a failure. */
export function needs(context: TestContext, program: keyof typeof PACKAGES): void {
  try {
    execFileSync(program, [program === "openssl" ? "version" : "--version"], { stdio: "ignore" });
  } catch {
    const how = `${program} is missing: sudo apt-get install ${PACKAGES[program]}`;
    if (process.env["CI"] === "true") throw new Error(how);
    context.skip(true, how);
  }
}

// A person at a machine with a keyring, a server and the binary.
import { join } from "node:path";
import { createServer } from "node:http";
import { onTestFinished } from "vitest";
import type { CliBrowserOrder } from "../../programs/cli-browser.js";
import { startServer, type Server } from "./app.js";
import { createCli, type Cli, type RunningCli } from "./cli.js";
import { programPath } from "./program.js";
import { chromiumPath } from "./programs.js";
import { startRecordingServer, type RecordingServer } from "./recording-server.js";
import { startBus, type Bus } from "./secret-service.js";

/** Nothing that a keyring could be reached by. */
export const NO_BUS = {
  DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent",
  XDG_RUNTIME_DIR: "/nonexistent",
};

export interface World {
  readonly server: Server;
  readonly cli: Cli;
  readonly bus: Bus;
  /** What the browser ended on, at `/page`. */
  readonly reports: RecordingServer;
}

/** `by-http`: a person who needs no Chromium. `given`: a session with another keyring on it. */
export async function createWorld(browser: "chromium" | "by-http", given?: Bus): Promise<World> {
  const server = await startServer();
  const bus = given ?? (await startBus());
  if (!given) await bus.startKeyring("unlocked");
  const reports = await startRecordingServer();
  const { username, password } = server.account;
  const { folder } = await createCli();
  const order: CliBrowserOrder = {
    username,
    password,
    chromium: chromiumPath ?? "",
    profileFolder: join(folder, "chromium"),
    reportTo: `${reports.origin}/page`,
  };
  const command =
    browser === "chromium"
      ? `"${programPath("cli-browser")}"`
      : `"${programPath("browser")}" ${username} ${password} ${new URL(reports.origin).port} %s`;
  const cli = await createCli({
    ...bus.env,
    BROWSER: `"${process.execPath}" ${command}`,
    CLI_BROWSER: JSON.stringify(order),
  });
  return { server, cli, bus, reports };
}

export function loginArgs({ issuer, clientId }: Pick<Server, "issuer" | "clientId">): string[] {
  return ["login", "--issuer", issuer, "--client-id", clientId];
}

export interface WaitingLogin {
  readonly cli: Cli;
  readonly running: RunningCli;
  /** Where the browser would come back to. */
  readonly redirect: URL;
}

/** A login that waits for a person, whose browser has ended at once. */
export async function waitingLogin(more: readonly string[]): Promise<WaitingLogin> {
  const server = await startServer();
  const cli = await createCli({ BROWSER: "true" });
  const running = cli.start([...loginArgs(server), ...more]);
  const [url] = await running.told(/http\S+\/oauth\/authorize\S+/);
  await running.told(/Waiting for you/);
  return { cli, running, redirect: new URL(new URL(url).searchParams.get("redirect_uri")!) };
}

/** Takes the place of a server that was closed: its token endpoint never answers. Resolves when that is asked. */
export async function stuckInPlaceOf({
  issuer,
}: Pick<Server, "issuer">): Promise<{ readonly asked: Promise<void> }> {
  const { port } = new URL(issuer);
  let onAsked: () => void;
  const asked = new Promise<void>((resolve) => (onAsked = resolve));
  const server = createServer(({ url }, response) => {
    if (url === "/oauth/token") return onAsked();
    response.writeHead(200, { "Content-Type": "application/json" }).end(
      JSON.stringify({
        issuer,
        authorization_endpoint: `${issuer}/oauth/authorize`,
        token_endpoint: `${issuer}/oauth/token`,
        jwks_uri: `${issuer}/jwks`,
        response_types_supported: ["code"],
        code_challenge_methods_supported: ["S256"],
      }),
    );
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await new Promise<void>((resolve) => server.listen(Number(port), "127.0.0.1", resolve));
  return { asked };
}

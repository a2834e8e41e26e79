// The preflight on real parts: ports of this machine, a real OpenID provider, and servers that are not as they should be.
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { createMemoryStore, preflight, type AuthConfig, type PreflightReport } from "@loopkey/core";
import { createNodePorts } from "@loopkey/node-adapter";
import { describe, expect, it } from "vitest";
import { APP_NAME, startServer } from "./support/app.js";
import { startRecordingServer, type RecordingServer } from "./support/recording-server.js";
import { isListening, takePort } from "./support/redirect.js";

const HOUR = 3_600_000;

const ports = createNodePorts({
  appName: APP_NAME,
  store: "memory",
  openBrowser: () => Promise.reject(new Error("A browser was opened")),
});

function run(issuer: string, config: Partial<AuthConfig> = {}): Promise<PreflightReport> {
  return preflight({ issuer, clientId: "loopkey-demo", ...config }, ports);
}

const outcomes = ({ checks }: PreflightReport) => checks.map(({ name, status }) => `${name} ${status}`);
const checkOf = ({ checks }: PreflightReport, name: string) => checks.find((check) => check.name === name);

const WELL = [
  "store passed",
  "lock passed",
  "redirect passed",
  "server passed",
  "clock passed",
  "features passed",
];

/** What is well, but for these. */
const but = (...others: string[]) =>
  WELL.map((each) => others.find((other) => other.split(" ")[0] === each.split(" ")[0]) ?? each);

/** A server with metadata and a key, whose clock is off. */
function startServerWithClock(ahead: number): Promise<RecordingServer> {
  return startRecordingServer(({ path }, response, origin) => {
    response.sendDate = false;
    response.writeHead(200, {
      "Content-Type": "application/json",
      Date: new Date(Date.now() + ahead).toUTCString(),
    });
    const keys = [{ kty: "RSA", n: "n", e: "AQAB" }];
    const metadata = {
      issuer: origin,
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/token`,
      jwks_uri: `${origin}/jwks`,
      code_challenge_methods_supported: ["S256"],
      id_token_signing_alg_values_supported: ["RS256"],
    };
    response.end(JSON.stringify(path === "/jwks" ? { keys } : metadata));
  });
}

describe("on a machine where everything is well", () => {
  it("every check passes, and says what this server offers", async () => {
    const server = await startServer();
    const redirectUris = ["http://127.0.0.1/callback", "http://localhost/callback"];
    const report = await run(server.issuer, { redirectUris });
    expect(outcomes(report)).toEqual(WELL);
    expect(report).toMatchObject({
      ok: true,
      features: { refresh: true, userInfo: true, revocation: true, endSession: true },
    });
    expect(new Set(server.paths())).toEqual(
      new Set(["/.well-known/openid-configuration", "/.well-known/jwks.json"]),
    );
  });

  it("a port that was tried is free again", async () => {
    const { issuer } = await startServer();
    const port = await freePort();
    const redirectUris = [`http://127.0.0.1:${port}/callback`, `http://localhost:${port}/callback`];
    expect(checkOf(await run(issuer, { redirectUris }), "redirect")).toMatchObject({ status: "passed" });
    expect(await isListening(new URL(redirectUris[0]!))).toBe(false);
    expect(await takePort(port)).toBe(port);
  });
});

describe("one thing is wrong, and only that is told", () => {
  it("a taken port", async () => {
    const { issuer } = await startServer();
    const port = await takePort();
    const taken = `http://127.0.0.1:${port}/callback`;
    const failed = await run(issuer, { redirectUris: [taken] });
    expect(outcomes(failed)).toEqual(but("redirect failed"));
    expect(checkOf(failed, "redirect")).toMatchObject({
      code: "port_unavailable",
      message: expect.stringMatching(new RegExp(`${port}.*EADDRINUSE`)),
    });
    const warned = await run(issuer, { redirectUris: [taken, "http://localhost/callback"] });
    expect(outcomes(warned)).toEqual(but("redirect warned"));
    expect(checkOf(warned, "redirect")).toMatchObject({ detail: "http://localhost/callback" });
  });

  it("a server whose port is closed", async () => {
    const report = await run(`http://127.0.0.1:${await freePort()}`);
    expect(outcomes(report)).toEqual(but("server failed", "clock skipped", "features skipped"));
    expect(checkOf(report, "server")).toMatchObject({ code: "discovery_failed", detail: "ECONNREFUSED" });
  });

  it("a server that accepts and says nothing, within the time there is", async () => {
    const { origin } = await startRecordingServer(() => {});
    const report = await preflight({ issuer: origin, clientId: "app" }, ports, { timeoutMs: 1_500 });
    expect(outcomes(report)).toEqual(but("server failed", "clock skipped", "features skipped"));
    expect(checkOf(report, "server")).toMatchObject({ code: "discovery_failed", detail: "timeout" });
  });

  it.each([
    ["ahead", HOUR, "3600", "behind"],
    ["behind", -HOUR, "-3600", "ahead of"],
  ])("a server whose Date is an hour %s", async (_, ahead, detail, direction) => {
    const { origin } = await startServerWithClock(ahead);
    const report = await run(origin);
    expect(outcomes(report)).toEqual(but("clock warned"));
    expect(report.ok).toBe(true);
    expect(Math.abs(Number(checkOf(report, "clock")?.detail) - Number(detail))).toBeLessThanOrEqual(2);
    expect(checkOf(report, "clock")?.message).toContain(`s ${direction} the server's`);
  });

  it("the same server with the right time passes", async () => {
    expect(outcomes(await run((await startServerWithClock(0)).origin))).toEqual(WELL);
  });

  it("no store", async () => {
    const { issuer } = await startServer();
    const store = {
      ...createMemoryStore(),
      probe: () => Promise.reject(Object.assign(new Error("Full."), { code: "full", hint: "Make room." })),
    };
    const report = await preflight({ issuer, clientId: "app" }, { ...ports, store });
    expect(outcomes(report)).toEqual(but("store failed"));
    expect(checkOf(report, "store")).toMatchObject({ code: "store_unavailable", detail: "full" });
  });
});

/** One that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

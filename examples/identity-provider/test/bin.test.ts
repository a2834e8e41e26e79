import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test, vi } from "vitest";
import { startIdentityProvider } from "../src/index.js";

// The built program: `pnpm test` builds first.
const BIN = fileURLToPath(new URL("../dist/bin.js", import.meta.url));
// Starting Node and making an RSA key takes a busy machine a while.
vi.setConfig({ testTimeout: 20_000 });

const running = new Set<ChildProcess>();

afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
});

function run(...args: string[]) {
  const child = spawn(process.execPath, [BIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  return { child, output, ended: once(child, "close") as Promise<[number | null, string | null]> };
}

test.each(["SIGTERM", "SIGINT"] as const)(
  "prints one ready line, serves, and stops with code 0 on %s",
  async (signal) => {
    const { child, output, ended } = run("--access-token-seconds", "60");
    await once(child.stdout, "data");
    const ready = JSON.parse(output.stdout) as { issuer: string; apiUrl: string };
    expect(ready).toEqual({
      ready: true,
      issuer: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      apiUrl: `${ready.issuer}/api/notes`,
      clientId: "loopkey-demo",
      username: "ada",
      password: "loopkey",
    });
    expect((await fetch(ready.apiUrl)).status).toBe(401);
    child.kill(signal);
    expect(await ended).toEqual([0, null]);
    expect(output.stdout.trim().split("\n")).toHaveLength(1);
    expect(output.stderr).toBe("");
  },
);

test("turns on what it is told, beside each other", async () => {
  const features =
    "--device-code --pushed-requests accepted --dpop --registration --step-up --resource /api/notes";
  const { child, output } = run(...features.split(" "));
  await once(child.stdout, "data");
  const { issuer, oneTimeCode } = JSON.parse(output.stdout) as { issuer: string; oneTimeCode: string };
  expect(oneTimeCode).toMatch(/^\d{6}$/);
  const metadata = await fetch(`${issuer}/.well-known/openid-configuration`);
  expect(await metadata.json()).toMatchObject({
    device_authorization_endpoint: expect.any(String),
    pushed_authorization_request_endpoint: expect.any(String),
    registration_endpoint: expect.any(String),
    dpop_signing_alg_values_supported: expect.arrayContaining(["ES256"]),
    acr_values_supported: expect.any(Array),
  });
  expect((await fetch(`${issuer}/api/vault`)).status).toBe(401);
});

test("says which port is taken, and fails", async () => {
  await using taken = await startIdentityProvider();
  const { port } = new URL(taken.issuer);
  const { output, ended } = run("--port", port);
  expect(await ended).toEqual([1, null]);
  expect(output.stderr).toBe(
    `identity-provider: port ${port} on 127.0.0.1 is already in use; choose another with --port\n`,
  );
  expect(output.stdout).toBe("");
});

test.each([
  [["--colour", "red"], "'--colour'"],
  [["--access-token-seconds", "soon"], 'accessTokenSeconds must be a whole number, not "soon"'],
  [["--port", "70000"], "70000"],
])("refuses %j with a message and a code that is not 0", async (args, message) => {
  const { output, ended } = run(...args);
  expect(await ended).toEqual([1, null]);
  expect(output.stderr).toContain(message);
});

test("explains itself with --help", async () => {
  const { output, ended } = run("--help");
  expect(await ended).toEqual([0, null]);
  expect(output.stdout).toContain("Usage: identity-provider");
});

import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { HELP, readCommandLine } from "../src/command-line.js";

const read = (line: string) => readCommandLine(line.split(" ").filter(Boolean));

test("turns on nothing by itself", () => {
  expect(read("")).toEqual({ registration: false });
});

test.each([
  ["--device-code", { deviceCode: {} }],
  ["--device-code-seconds 30", { deviceCode: { expiresInSeconds: 30 } }],
  ["--device-interval-seconds 1", { deviceCode: { intervalSeconds: 1 } }],
  ["--pushed-requests required", { pushedRequests: "required" }],
  ["--dpop", { dpop: { requireNonce: false, requireApiNonce: false } }],
  ["--dpop-nonce", { dpop: { requireNonce: true, requireApiNonce: false } }],
  ["--dpop --dpop-api-nonce", { dpop: { requireNonce: false, requireApiNonce: true } }],
  ["--resource /api/notes", { resources: [{ path: "/api/notes", accessTokenFormat: "opaque" }] }],
  [
    "--resource /api/notes --resource /api/vault --jwt-access-tokens",
    { resources: ["/api/notes", "/api/vault"].map((path) => ({ path, accessTokenFormat: "jwt" })) },
  ],
  ["--step-up", { stepUp: {} }],
  ["--step-up-max-age-seconds 60", { stepUp: { maxAgeSeconds: 60 } }],
  ["--registration", { registration: true }],
  ["--port 1 --host localhost", { port: 1, host: "localhost" }],
  [
    "--access-token-seconds 2 --id-token-seconds 3 --refresh-token-seconds 4",
    { accessTokenSeconds: 2, idTokenSeconds: 3, refreshTokenSeconds: 4 },
  ],
])("%s", (line, options) => {
  expect(read(line)).toEqual({ registration: false, ...options });
});

test.each([
  ["--pushed-requests sometimes", 'accepted or required, not "sometimes"'],
  ["--resource /api/other", '/api/notes or /api/vault, not "/api/other"'],
  ["--jwt-access-tokens", "needs a --resource"],
  ["--device-code-seconds soon", 'expiresInSeconds must be a whole number, not "soon"'],
])("refuses %s and says why", (line, message) => {
  expect(() => read(line)).toThrow(message);
});

test("the help and the README have every option", async () => {
  const [source, readme] = await Promise.all(
    ["../src/command-line.ts", "../README.md"].map((path) =>
      readFile(new URL(path, import.meta.url), "utf8"),
    ),
  );
  const names = [...source!.matchAll(/^ {2}"?([\w-]+)"?: \{ type:/gm)].map(([, name]) => `--${name}`);
  expect(names.length).toBeGreaterThan(15);
  for (const name of names) {
    expect(HELP).toContain(`  ${name}`);
    expect(readme).toContain(`\`${name}`);
  }
});

// `loopkey` for Windows: the packages as they are published, in Node for Windows under Wine, with the Credential Manager there.
// The person, their browser and the server are on Linux.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startFakeServer } from "@loopkey/node-adapter/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer, type Server } from "./support/app.js";
import { loginArgs } from "./support/cli-world.js";
import { holdRefresh } from "./support/held-refresh.js";
import { programPath } from "./support/program.js";
import { startRecordingServer } from "./support/recording-server.js";
import {
  createWindows,
  installPacked,
  missingForWine,
  NODE_VERSIONS,
  SETUP_MS,
  type NodeVersion,
  type RunOptions,
  type Windows,
  windowsPath,
} from "./support/wine.js";

const runs = missingForWine === undefined || process.env["CI"] === "true";
const why = runs ? "" : `: ${missingForWine}`;

describe.skipIf(!runs)(`loopkey on Windows${why}`, { timeout: 120_000 }, () => {
  let windows: Windows;
  let binary: string;
  beforeAll(async () => {
    windows = await createWindows();
    binary = await installPacked(windows.folder);
  }, SETUP_MS);
  afterAll(() => windows.remove());

  /** By the path that it has in Windows. */
  const program = () => `C:${binary.slice(join(windows.folder, "..").length).replaceAll("/", "\\")}`;
  const loopkey = (args: readonly string[], options?: RunOptions) =>
    windows.run([program(), ...args], options);

  /** A program of Linux as the browser, without what Windows' Node is told. */
  function browserOf(...words: readonly string[]): { readonly BROWSER: string } {
    return { BROWSER: `start.exe /unix "${process.execPath}" ${words.join(" ")} %s` };
  }
  async function personOf({ account }: Server) {
    const reports = await startRecordingServer();
    const { username, password } = account;
    const { port } = new URL(reports.origin);
    return { reports, env: browserOf(`"${programPath("browser")}"`, username, password, port) };
  }
  async function visitor(): Promise<{ readonly BROWSER: string }> {
    const file = join(windows.folder, "visitor.mjs");
    await writeFile(file, "await (await fetch(process.argv[2])).text();\n");
    return browserOf(`"${file}"`);
  }
  it.each(NODE_VERSIONS)(
    "signs in, refreshes, restarts from the keyring and signs out, on Node %s",
    async (node: NodeVersion) => {
      const server = await startServer();
      const { reports, env } = await personOf(server);
      const name = `on-${node.slice(0, 2)}`;
      const profile = ["--profile", name];
      const options = [...loginArgs(server).slice(1), ...profile];

      const doctor = await loopkey(["doctor", ...options], { node });
      expect(doctor).toMatchObject({ code: 0, stderr: "" });
      expect(doctor.stdout).toMatch(/^passed {3}store: .* the store is keyring\.$/m);

      const login = await loopkey(
        ["login", ...options, "--scope", "openid profile email offline_access", "--json"],
        { node, env },
      );
      expect(login, login.stderr).toMatchObject({ code: 0 });
      expect(JSON.parse(login.stdout)).toMatchObject({ subject: "account-ada", store: { kind: "keyring" } });
      expect((await reports.requested("/page")).body).toBe("You are signed in");
      // A head, and the parts that the record was too long for.
      const entries = await windows.credentials();
      expect(entries.map((entry) => entry.name)).toContain(`${name}.loopkey`);
      const parts = entries.filter((entry) => entry.name.startsWith(`${name}#`));
      expect(parts.length).toBeGreaterThan(1);
      expect(Math.max(...entries.map(({ bytes }) => bytes))).toBeLessThanOrEqual(2_560);

      expect(await loopkey(["status", ...profile], { node })).toMatchObject({ code: 0, stderr: "" });
      const refreshes = () => server.paths().filter((path) => path === "/oauth/token").length;
      const before = refreshes();
      const tokens = [
        await loopkey(["token", ...profile], { node }),
        await loopkey(["token", ...profile], { node }),
      ];
      for (const token of tokens)
        expect(token).toMatchObject({ code: 0, stderr: "", stdout: expect.stringMatching(/^[\w-]+\n$/) });
      expect(refreshes() - before).toBe(2);
      const authorization = `Bearer ${tokens[1]!.stdout.trim()}`;
      expect((await fetch(server.apiUrl, { headers: { authorization } })).status).toBe(200);
      expect(await loopkey(["whoami", ...profile], { node })).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^sub: account-ada$/m),
      });

      const logout = await loopkey(["logout", ...profile, "--browser", "--json"], { node, env });
      expect(logout).toMatchObject({ code: 0 });
      expect(JSON.parse(logout.stdout)).toMatchObject({ local: "done", revocation: "done" });
      expect(await loopkey(["status", ...profile], { node })).toMatchObject({ code: 4 });
      expect(await windows.credentials()).toEqual([]);
    },
  );

  it("keeps a session in the encrypted file, in the folder for it, and nothing of it in plain text", async () => {
    await using server = await startFakeServer();
    const env = { ...(await visitor()), LOOPKEY_PASSPHRASE: "some words of mine" };
    const profile = ["--profile", "Filed"];
    const login = [...loginArgs({ issuer: server.issuer, clientId: "app" }), ...profile];
    expect(await loopkey([...login, "--store", "encrypted-file"], { env })).toMatchObject({ code: 0 });
    expect(await loopkey(["token", ...profile], { env })).toMatchObject({ code: 0, stderr: "" });
    const state = join(windows.localAppData, "loopkey", "loopkey");
    expect(await readdir(state)).toContain("session-+filed.enc");
    const other = await loopkey(["token", ...profile], { env: { LOOPKEY_PASSPHRASE: "others" } });
    expect(other).toMatchObject({ code: 1, stdout: "" });

    const secrets = server.requests.flatMap(({ body }) => body.get("refresh_token") ?? []);
    expect(secrets.length).toBeGreaterThan(0);
    const texts = await Promise.all((await filesOf(windows)).map((file) => readFile(file, "latin1")));
    for (const secret of secrets) expect(texts.filter((text) => text.includes(secret))).toEqual([]);
  });

  it("a killed program leaves the lock free, and what it had sent is known to the next", async () => {
    await using server = await startFakeServer();
    const env = await visitor();
    const profile = ["--profile", "killed"];
    const login = [...loginArgs({ issuer: server.issuer, clientId: "app" }), ...profile];
    expect(await loopkey(login, { env })).toMatchObject({ code: 0 });
    const { committed } = holdRefresh(server);
    const first = windows.start([program(), "token", ...profile]);
    await committed;
    first.kill();
    await first.ended;
    const asked = performance.now();
    const second = await loopkey(["token", ...profile, "--json"]);
    // The limit for a holder that lives is 60 s.
    expect(performance.now() - asked).toBeLessThan(30_000);
    expect(JSON.parse(second.stdout)).toMatchObject({ error: { code: "answer_lost" } });
  });

  it("a profile is replaced while another program reads it, and is never half of one", async () => {
    await using server = await startFakeServer();
    const env = await visitor();
    const login = (clientId: string) =>
      loopkey([...loginArgs({ issuer: server.issuer, clientId }), "--profile", "read"], { env });
    expect(await login("first")).toMatchObject({ code: 0 });
    const reader = join(windows.folder, "reader.cjs");
    await writeFile(reader, READER);
    const profile = join(windows.roamingAppData, "loopkey", "profile-read.json");
    const stop = join(windows.folder, "stop");
    const reading = windows.start([reader, profile, stop].map(windowsPath));
    await reading.told(/reading/);
    expect(await login("second")).toMatchObject({ code: 0 });
    await writeFile(stop, "");
    expect((await reading.ended).stdout).toBe("reading\nfirst second\n");
  });

  it("profiles whose names differ by case are two, with a session each", async () => {
    await using server = await startFakeServer();
    const env = await visitor();
    for (const name of ["work", "WORK"]) {
      const login = [...loginArgs({ issuer: server.issuer, clientId: `client-${name}` }), "--profile", name];
      // oxlint-disable-next-line no-await-in-loop
      expect(await loopkey(login, { env })).toMatchObject({ code: 0 });
    }
    expect(await loopkey(["logout", "--profile", "WORK", "--no-browser"])).toMatchObject({ code: 0 });
    expect(await loopkey(["status", "--profile", "WORK"])).toMatchObject({ code: 4 });
    const left = await loopkey(["status", "--profile", "work", "--json"]);
    expect(JSON.parse(left.stdout)).toMatchObject({ status: "authenticated", clientId: "client-work" });
  });
});

/** Reads a profile again and again until there is a file, and tells in the end which client ids it has seen. */
const READER = `
  const { existsSync, readFileSync } = require("node:fs");
  const [, , profile, stop] = process.argv;
  const seen = new Set();
  const read = () => seen.add(JSON.parse(readFileSync(profile, "utf8")).clientId);
  read();
  console.log("reading");
  while (!existsSync(stop)) read();
  read();
  console.log([...seen].join(" "));
`;

async function filesOf({ localAppData, roamingAppData }: Windows): Promise<readonly string[]> {
  const roots = [localAppData, roamingAppData, join(roamingAppData, "../..", "Temp")];
  const found = await Promise.all(
    roots.map((root) => readdir(root, { recursive: true, withFileTypes: true })),
  );
  return found.flat().flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []));
}

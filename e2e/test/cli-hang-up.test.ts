// The binary `loopkey`, ended while its refresh is under way: the server has rotated the token, and the answer is still to come.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { startFakeServer, type RunningFakeServer } from "@loopkey/node-adapter/testing";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { cliPath, createCli, type Cli } from "./support/cli.js";
import { NO_BUS } from "./support/cli-world.js";
import { holdRefresh, type HeldRefresh } from "./support/held-refresh.js";
import { missingForTerminal, openTerminal } from "./support/terminal.js";

/** How long an interrupted command stays for an answer. */
const PATIENCE_MS = 4_000;
/** More than a busy machine needs beside that. */
const SLACK_MS = 6_000;
/** A refresh has been answered, saved and more. */
const SOON_MS = { timeout: 10_000 };

interface World {
  readonly server: RunningFakeServer;
  readonly cli: Cli;
}

/** Somebody is signed in; the session is in an encrypted file. */
async function signedIn(): Promise<World> {
  const server = await startFakeServer();
  onTestFinished(() => server.close());
  const cli = await createCli({
    ...NO_BUS,
    LOOPKEY_PASSPHRASE: "of the tests",
    // The server needs nobody at its page.
    BROWSER: `"${process.execPath}" -e fetch(process.argv[1]) %s`,
  });
  const login = await cli.run(["login", "--issuer", server.issuer, "--client-id", "app"]);
  expect(login).toMatchObject({ code: 0 });
  return { server, cli };
}

async function isStillSignedIn({ cli, server }: World): Promise<void> {
  expect(await cli.run(["token"])).toMatchObject({ code: 0, signal: null, stderr: "" });
  expect(server.reuses).toBe(0);
}

describe.each([
  ["SIGINT", { code: null, signal: "SIGINT" }, "SIGINT"],
  ["SIGTERM", { code: 130, signal: null }, "SIGINT"],
  ["SIGHUP", { code: null, signal: "SIGHUP" }, "SIGHUP"],
] as const)("%s", (signal, end, second) => {
  it("lets a refresh that was sent be answered and saved, and then ends the process as ever", async () => {
    const world = await signedIn();
    const { committed, answer } = holdRefresh(world.server);
    const token = world.cli.start(["token"]);
    await committed;
    token.kill(signal);
    await token.told(/Interrupted\. \[cancelled]\nFinishing what must not be cut off/);
    answer();
    expect(await token.ended).toMatchObject({ ...end, stdout: "" });
    await isStillSignedIn(world);
  });

  it("waits for four seconds, not more", async () => {
    const { server, cli } = await signedIn();
    const { committed } = holdRefresh(server);
    const token = cli.start(["token"]);
    await committed;
    const at = Date.now();
    token.kill(signal);
    expect(await token.ended).toMatchObject({ ...end, stdout: "" });
    expect(Date.now() - at).toBeGreaterThanOrEqual(PATIENCE_MS - 100);
    expect(Date.now() - at).toBeLessThan(PATIENCE_MS + SLACK_MS);
    // The answer is lost then, and said to be.
    const next = await cli.run(["token"]);
    expect(next).toMatchObject({ code: 4, signal: null, stdout: "" });
    expect(next.stderr).toContain("[answer_lost]");
  });

  it(`and then ${second} ends it at once`, async () => {
    const { server, cli } = await signedIn();
    const { committed } = holdRefresh(server);
    const token = cli.start(["token"]);
    await committed;
    token.kill(signal);
    await token.told(/Finishing what must not be cut off/);
    const at = Date.now();
    token.kill(second);
    expect(await token.ended).toMatchObject({ code: null, signal: second });
    expect(Date.now() - at).toBeLessThan(PATIENCE_MS - 100);
  });
});

describe("a terminal that is closed", () => {
  beforeEach((ctx) => ctx.skip(missingForTerminal !== undefined, missingForTerminal));

  /** Closes it when the token is spent, and lets the answer go then. */
  async function closeDuring(
    { cli, server }: World,
    command: string,
    { committed, answer }: HeldRefresh,
  ): Promise<void> {
    const terminal = openTerminal(command, cli.env);
    await committed;
    terminal.close();
    await terminal.ended;
    expect(await cli.leftovers()).not.toEqual([]);
    answer();
    await vi.waitFor(async () => expect(await cli.leftovers()).toEqual([]), SOON_MS);
    expect(server.reuses).toBe(0);
  }

  it.each([
    ["of its own", (token: string) => `exec ${token}`],
    ["of a script", (token: string) => `${token}; true`],
    ["of a shell", (token: string) => `exec bash --norc -ic '${token}; true'`],
  ])("%s: the refresh is answered and saved", async (_, around) => {
    const world = await signedIn();
    await closeDuring(world, around(`${process.execPath} ${cliPath} token`), holdRefresh(world.server));
    await isStillSignedIn(world);
  });

  it("is heard of twice, as from a shell that passes it on: the refresh has its four seconds all the same", async () => {
    const { server, cli } = await signedIn();
    const { committed } = holdRefresh(server);
    const [id, told] = [join(cli.folder, "id"), join(cli.folder, "told")];
    const token = `${process.execPath} ${cliPath} token`;
    const terminal = openTerminal(`echo $$ > ${id}; exec ${token} 2> ${told}`, cli.env);
    await committed;
    const at = Date.now();
    terminal.close();
    await vi.waitFor(async () => expect(await readFile(told, "utf8")).toContain("Finishing"), SOON_MS);
    process.kill(Number(await readFile(id, "utf8")), "SIGHUP");
    await vi.waitFor(async () => expect(await cli.leftovers()).toEqual([]), SOON_MS);
    expect(Date.now() - at).toBeGreaterThanOrEqual(PATIENCE_MS - 100);
  });

  it("without a signal: what is written fails (EIO), and the exit code is kept", async () => {
    const world = await signedIn();
    const codeFile = join(world.cli.folder, "code");
    const token = `setsid --wait ${process.execPath} ${cliPath} token`;
    await closeDuring(world, `trap '' HUP; ${token}; echo $? > ${codeFile}`, holdRefresh(world.server));
    expect(await readFile(codeFile, "utf8")).toBe("0\n");
    await isStillSignedIn(world);
  });
});

it("stdout without a reader (EPIPE): the refresh is answered and saved, and the exit code is kept", async () => {
  const world = await signedIn();
  const { committed, answer } = holdRefresh(world.server);
  const token = world.cli.start(["token"]);
  await committed;
  token.closeStdout();
  answer();
  expect(await token.ended).toMatchObject({ code: 0, signal: null, stderr: "" });
  await isStillSignedIn(world);
});

// The binary `loopkey` on a disk that is full: it finds out before it spends the refresh token.
import { execFile, execFileSync, spawnSync } from "node:child_process";
import { closeSync, openSync, statfsSync, writeFileSync, writeSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { startFakeServer, type RunningFakeServer } from "@loopkey/node-adapter/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { cliPath, createCli, type Cli } from "./support/cli.js";
import { loginArgs, NO_BUS } from "./support/cli-world.js";

const run = promisify(execFile);

const canMount =
  process.platform === "linux" &&
  process.getuid?.() === 0 &&
  spawnSync("sh", ["-c", "d=$(mktemp -d) && mount -t tmpfs tmpfs $d && umount $d && rmdir $d"]).status === 0;

async function mountSmallDisk(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "loopkey-disk-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=512k,nr_inodes=60,mode=0700", "tmpfs", folder]);
  onTestFinished(async () => {
    execFileSync("umount", ["--lazy", folder]);
    await rm(folder, { recursive: true, force: true });
  });
  return folder;
}

function fillBytes(folder: string): void {
  const file = openSync(join(folder, "filler"), "w");
  for (let size = 65_536; size >= 1; size = Math.floor(size / 2)) {
    try {
      for (;;) writeSync(file, Buffer.alloc(size, "x"));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    }
  }
  closeSync(file);
}

function fillInodes(folder: string): void {
  for (let left = statfsSync(folder).ffree; left > 0; left--)
    writeFileSync(join(folder, `inode-${left}`), "");
}

const why = canMount ? "" : ": needs root on Linux, and mount";
describe.skipIf(!canMount)(`loopkey token on a real disk${why}`, { timeout: 60_000 }, () => {
  const FULL = [
    ["the last byte is written", fillBytes],
    ["the last inode is taken", fillInodes],
  ] as const;

  it.each(FULL)("that is full, %s, does not spend the refresh token", async (_, fill) => {
    await using server = await startFakeServer();
    const state = await mountSmallDisk();
    const cli = await signedIn(server, state);
    fill(state);
    for (let n = 0; n < 2; n++) {
      // oxlint-disable-next-line no-await-in-loop
      const { code, stdout, stderr } = await cli.run(["token"]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(/^loopkey: No access token just now: The file .* cannot be used \(ENOSPC\)\./);
      expect(stderr).toContain("The disk is full. Free some space and try again.");
    }
    expect(refreshes(server)).toBe(0);

    // Room again: the session is as it was.
    execFileSync("sh", ["-c", `rm -f ${state}/filler ${state}/inode-*`]);
    expect(await cli.run(["token"])).toMatchObject({ code: 0 });
    expect(await cli.run(["token"])).toMatchObject({ code: 0 });
    expect([refreshes(server), server.reuses]).toEqual([2, 0]);
  });
});

it.skipIf(process.platform === "win32")(
  "loopkey token under a limit on the size of files does not spend the refresh token",
  async () => {
    await using server = await startFakeServer();
    const state = await ownFolder();
    const cli = await signedIn(server, state);
    // 4 or 8 KB, as the shell counts: less than the place for the next record.
    const limited = ["-c", 'ulimit -f 8; exec "$@"', "sh", process.execPath, cliPath, "token"];
    const { code, stdout, stderr } = await run("sh", limited, { env: cli.env }).then(
      (said) => ({ code: 0, ...said }),
      (error: unknown) => error as { code: number; stdout: string; stderr: string },
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^loopkey: No access token just now: The file .* cannot be used \(EFBIG\)\./);
    expect(refreshes(server)).toBe(0);
    expect(await cli.run(["token"])).toMatchObject({ code: 0 });
    expect([refreshes(server), server.reuses]).toEqual([1, 0]);
  },
);

/** Somebody is signed in; the session is in an encrypted file in that folder. */
async function signedIn(server: RunningFakeServer, state: string): Promise<Cli> {
  const folder = await ownFolder();
  const keyFile = join(folder, "key");
  await writeFile(keyFile, Buffer.alloc(32, 7), { mode: 0o600 });
  const browser = join(folder, "browser.mjs");
  await writeFile(browser, "await (await fetch(process.argv[2])).text();\n");
  const cli = await createCli({
    ...NO_BUS,
    XDG_STATE_HOME: state,
    LOOPKEY_KEY_FILE: keyFile,
    BROWSER: `"${process.execPath}" "${browser}" %s`,
  });
  const login = [...loginArgs({ issuer: server.issuer, clientId: "app" }), "--store", "encrypted-file"];
  expect(await cli.run(login)).toMatchObject({ code: 0 });
  return cli;
}

function refreshes({ requests }: RunningFakeServer): number {
  return requests.filter(({ body }) => body.get("grant_type") === "refresh_token").length;
}

async function ownFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "loopkey-disk-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

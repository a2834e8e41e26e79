// The clients of examples/sidecar, each in its own language: a whole session through `loopkey serve`, against a real server.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { startServer } from "./support/app.js";
import { cliPath, createCli, type Cli } from "./support/cli.js";
import { NO_BUS } from "./support/cli-world.js";
import { programPath } from "./support/program.js";
import { hasProgram } from "./support/programs.js";
import { startRecordingServer } from "./support/recording-server.js";

const run = promisify(execFile);
const folder = fileURLToPath(new URL("../../examples/sidecar", import.meta.url));
const cache = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
/** Kept from run to run: what is compiled once is there the next time. */
const CARGO_TARGET_DIR = join(cache, "loopkey-sidecar-target");

/** The first may have to download and compile. */
const FIRST_RUN_MS = 480_000;

const CLIENTS = [
  {
    language: "Python",
    program: "python3",
    missing: "python3 is missing: sudo apt-get install python3",
    args: ["notes.py"],
  },
  { language: "Go", program: "go", missing: "Go is missing: https://go.dev/dl", args: ["run", "."] },
  {
    language: "Rust",
    program: "cargo",
    missing: "cargo is missing: https://rustup.rs",
    args: ["run", "--quiet", "--locked", "--"],
  },
] as const;

/** A machine where the session is kept in an encrypted file, and a person who signs in by HTTP. */
async function createMachine({
  username,
  password,
}: {
  readonly username: string;
  readonly password: string;
}) {
  const reports = await startRecordingServer();
  const keyFolder = await mkdtemp(join(tmpdir(), "loopkey-key-"));
  onTestFinished(() => rm(keyFolder, { recursive: true, force: true }));
  const LOOPKEY_KEY_FILE = join(keyFolder, "key");
  await writeFile(LOOPKEY_KEY_FILE, Buffer.alloc(32, 7), { mode: 0o600 });
  const browser = `"${process.execPath}" "${programPath("browser")}" ${username} ${password} ${new URL(reports.origin).port} %s`;
  const cli: Cli = await createCli({ ...NO_BUS, LOOPKEY_KEY_FILE, BROWSER: browser, CARGO_TARGET_DIR });
  return { cli, reports };
}

describe.each(CLIENTS)("the client in $language", ({ language, program, missing, args }) => {
  it(
    "signs in by the browser, has its token renewed, calls the API, signs out, and leaves no process behind",
    async (ctx) => {
      if (process.env["CI"] === undefined) ctx.skip(!hasProgram(program), missing);
      const server = await startServer();
      const { cli, reports } = await createMachine(server.account);
      const { stdout, stderr } = await run(
        program,
        [...args, server.issuer, server.clientId, server.apiUrl, process.execPath, cliPath],
        { cwd: join(folder, language.toLowerCase()), env: cli.env, timeout: FIRST_RUN_MS },
      );
      expect(stdout.toLowerCase()).toBe(
        "signed in as account-ada\na new token: true\nnotes: 200\nsigned out: done\n",
      );
      expect(stderr).toBe("");
      expect((await reports.requested("/page")).body).toBe("You are signed in");
      const paths = server.paths();
      expect(paths.filter((path) => path === "/oauth/token").length).toBeGreaterThanOrEqual(2);
      expect(paths).toContain("/api/notes");
      expect(paths).toContain("/oauth/revoke");
      await expect.poll(() => cli.leftovers(), { timeout: 5_000 }).toEqual([]);
    },
    FIRST_RUN_MS,
  );
});

it(
  "the crate keeps its promises (cargo test)",
  async (ctx) => {
    if (process.env["CI"] === undefined)
      ctx.skip(!hasProgram("cargo"), "cargo is missing: https://rustup.rs");
    const { stdout } = await run("cargo", ["test", "--locked"], {
      cwd: join(folder, "rust"),
      env: { ...process.env, CARGO_TARGET_DIR },
      timeout: FIRST_RUN_MS,
    });
    expect(stdout).toMatch(/test result: ok\. 4 passed/);
  },
  FIRST_RUN_MS,
);

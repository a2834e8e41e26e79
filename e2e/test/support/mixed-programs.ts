// The programs of a mixed run: each is started, works by itself for as long as it was told, and says how it went.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { bundleMain, copyNative, copyPreload } from "@loopkey/example-electron-app";
import { onTestFinished } from "vitest";
import { apiOf, callAgainAndAgain, type MixedOrder, type MixedResult } from "../../mixed/calls.js";
import { cliPath, type Cli } from "./cli.js";
import { startDisplay } from "./display.js";
import { missingForElectron } from "./electron-program.js";
import { installApp } from "./electron-runtime.js";
import { ELECTRON_FLAGS } from "./fieldbook.js";
import { programPath } from "./program.js";

const run = promisify(execFile);
const mixed = fileURLToPath(new URL("../../mixed", import.meta.url));
const cache = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
/** That of the sidecar's client, with which most is compiled already. */
const CARGO_TARGET_DIR = join(cache, "loopkey-sidecar-target");

/** A command and its arguments. */
type Command = readonly [program: string, ...args: string[]];

/** How each language's program is run, made before the clock runs. */
export async function madePrograms(): Promise<Readonly<Record<string, Command>>> {
  const folder = await mkdtemp(join(tmpdir(), "loopkey-mixed-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const go = join(folder, "mixed");
  await run("go", ["build", "-o", go, "."], { cwd: join(mixed, "go") });
  const env = { ...process.env, CARGO_TARGET_DIR };
  await run("cargo", ["build", "--quiet", "--locked"], { cwd: join(mixed, "rust"), env });
  return {
    Python: ["python3", join(mixed, "python/mixed.py")],
    Go: [go],
    Rust: [join(CARGO_TARGET_DIR, "debug/mixed")],
  };
}

/** Whatever it is, it has a sidecar of its own and runs under a broker of its own. */
export async function underBroker(
  cli: Cli,
  language: string,
  command: Command,
  { issuer, clientId, seconds, calls }: MixedOrder,
): Promise<readonly MixedResult[]> {
  const audit = ["--audit", "/dev/null"];
  const order = [String(seconds), String(calls), issuer, clientId, process.execPath, cliPath];
  const allowed = ["--allow", `GET ${apiOf({ issuer })}`];
  const results = await resultsOf(
    [process.execPath, cliPath, "broker", ...audit, ...allowed, "--", ...command, ...order],
    cli.env,
  );
  return results.map(({ through, ...rest }) => ({ through: `${language}, ${through}`, ...rest }));
}

/** A command line that runs for long, or what an Electron's main process would. */
export function inNode(cli: Cli, ports: "node" | "electron-double", order: MixedOrder) {
  return resultsOf([process.execPath, programPath("mixed"), JSON.stringify({ ...order, ports })], cli.env);
}

/** A process of the binary for each call. A token that has run out on the way is renewed once. */
export async function byTokenCommand(cli: Cli, order: MixedOrder): Promise<readonly MixedResult[]> {
  const ask = async (): Promise<number> => {
    const { code, stdout, stderr } = await cli.run(["token"]);
    if (code !== 0) throw new Error(stderr);
    const answer = await fetch(apiOf(order), { headers: { authorization: `Bearer ${stdout.trim()}` } });
    await answer.text();
    return answer.status;
  };
  const call = async (): Promise<number> => {
    const status = await ask();
    return status === 401 ? ask() : status;
  };
  return [await callAgainAndAgain("loopkey token", order, call)];
}

/** The main process of a real one. */
export async function madeElectron(): Promise<Command | undefined> {
  if (missingForElectron !== undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), "loopkey-mixed-electron-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, "main"));
  await Promise.all([
    bundleMain(
      fileURLToPath(new URL("../../electron/mixed-main.ts", import.meta.url)),
      join(folder, "main/main.cjs"),
    ),
    copyPreload(folder),
    copyNative(folder),
    writeFile(join(folder, "package.json"), JSON.stringify({ name: "mixed", main: "main/main.cjs" })),
  ]);
  return [await installApp({ app: folder }), ...ELECTRON_FLAGS];
}

export async function inElectron(cli: Cli, command: Command, order: MixedOrder) {
  const env = { ...cli.env, DISPLAY: await startDisplay(), MIXED_ORDER: JSON.stringify(order) };
  return resultsOf(command, env);
}

async function resultsOf(
  [program, ...args]: Command,
  env: NodeJS.ProcessEnv,
): Promise<readonly MixedResult[]> {
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const written = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (written.stdout += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (written.stderr += chunk.toString("utf8")));
  const [code] = (await once(child, "close")) as [number | null];
  const lines = written.stdout.split("\n").filter((line) => line.startsWith("{"));
  if (code !== 0 || lines.length === 0)
    throw new Error(`${program} ${args[1] ?? ""} ended with ${code}: ${written.stdout}${written.stderr}`);
  return lines.map((line) => JSON.parse(line) as MixedResult);
}

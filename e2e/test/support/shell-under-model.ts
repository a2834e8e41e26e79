// The commands of cli-adapter at a pseudo terminal, as the model drives them: a person types, and reads what comes.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readFile } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { AuthClient, AuthError, Command } from "@loopkey/core";
import type { ModelDriver, ModelSetting, Seen } from "@loopkey/core/testing";
import { build, type Plugin } from "esbuild";
import type { FromShell, ToShell } from "./shell-messages.js";
import type { PlantedFault } from "./window-under-model.js";

export const SHELL_COMMANDS: readonly Command[] = ["signIn", "submitRedirect", "cancel", "signOut"];

function planting({ file, from, to }: PlantedFault): Plugin {
  return {
    name: "planted fault",
    setup(bundler) {
      bundler.onLoad({ filter: /cli-adapter\/src\/.*\.ts$/ }, async ({ path }) => {
        if (!path.endsWith(file)) return undefined;
        const text = await readFile(path, "utf8");
        if (!text.includes(from)) throw new Error(`${file} has no ${from} any more`);
        return { contents: text.replace(from, to), loader: "ts" };
      });
    },
  };
}

/** The shell with the commands' own source in it, in a file of its own. */
export async function bundleShell(folder: string, fault?: PlantedFault): Promise<string> {
  const outfile = join(folder, "shell.mjs");
  await build({
    entryPoints: [fileURLToPath(new URL("../../programs/model-shell.ts", import.meta.url))],
    bundle: true,
    outfile,
    platform: "node",
    format: "esm",
    conditions: ["@loopkey/source"],
    external: ["@napi-rs/keyring", "fs-native-extensions"],
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    plugins: fault ? [planting(fault)] : [],
  });
  return outfile;
}

export function ownFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "loopkey-shell-"));
}

/** Answers the calls of one shell, and tells it of every state. */
function serve(socket: Socket, client: AuthClient): void {
  const say = (message: ToShell): void => void socket.write(`${JSON.stringify(message)}\n`);
  const stop = client.subscribe((state) => say({ state }));
  socket.on("close", stop);
  socket.on("error", () => {});
  say({ state: client.getState() });
  const heard = createInterface({ input: socket });
  // The shell is killed at the end of its path.
  heard.on("error", () => {});
  heard.on("line", (line) => {
    const { id, call, argument = "" } = JSON.parse(line) as FromShell;
    const answer = async (): Promise<unknown> =>
      call === "submitRedirect" ? client.submitRedirect(argument) : client[call]();
    answer().then(
      (result) => say({ id, result: result ?? null }),
      ({ code, message, hint }: AuthError) => say({ id, error: { code, message, hint } }),
    );
  });
}

const RESTORING_MS = 150;

export async function createShellDriver(folder: string, program: string): Promise<ModelDriver> {
  let shell: ChildProcess | undefined;
  let server: Server | undefined;
  let setting: ModelSetting | undefined;
  let shown = "";
  let look = (): void => {};

  /** The place in what was shown, from where on the last command has spoken. */
  let from = 0;
  let prompts = 0;
  let word = "";

  const type = (keys: string): void => void shell?.stdin?.write(keys);
  const since = (): string => shown.slice(from).replaceAll("\r", "");
  const isAtPrompt = (): boolean => since().includes(`ready ${prompts}>`);

  /** Whether it holds before the time is up. */
  function shows(holds: () => boolean, ms = 5_000): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(holds()), ms);
      look = () => {
        if (!holds()) return;
        clearTimeout(timer);
        resolve(true);
      };
      look();
    });
  }

  function begin(typed: string): void {
    word = typed;
    prompts++;
    from = shown.length;
    type(`${typed}\r`);
  }

  async function seeAtPrompt(): Promise<Seen> {
    begin("status");
    if (!(await shows(isAtPrompt, RESTORING_MS))) {
      // Nobody knows yet: a person stops to wait for it.
      type("\x03");
      await shows(isAtPrompt);
      return { status: "restoring" };
    }
    const said = since().replace(/ready \d+>/, "");
    if (said.includes("Signed in")) return { status: ["authenticated", "refreshing"], reason: "" };
    const isPlain = /Not signed in\. Run/.test(said);
    return { status: ["idle", "logged-out"], reason: isPlain ? "" : said.replaceAll("\n", " ") };
  }

  return {
    async create(given) {
      setting = given;
      [shown, from, prompts] = ["", 0, 0];
      const path = join(folder, `${Math.random().toString(36).slice(2)}.sock`);
      server = createServer((socket) => serve(socket, given.client)).listen(path);
      const { CI: _, ...env } = process.env;
      shell = spawn("/usr/bin/script", ["-qefc", `${process.execPath} ${program} ${path}`, "/dev/null"], {
        env: { ...env, TERM: "dumb" },
      });
      shell.stdout?.on("data", (chunk: Buffer) => {
        shown += chunk.toString("utf8");
        look();
      });
      await shows(isAtPrompt);
    },
    do(command) {
      if (command === "cancel") type("\x03");
      else if (command === "submitRedirect") type(`${setting!.pastedAddress()}\r`);
      else begin(command === "signIn" ? "login" : "logout");
    },
    async see() {
      return isAtPrompt() ? seeAtPrompt() : seeBusy(since(), word);
    },
    async dispose() {
      shell?.kill("SIGKILL");
      server?.close();
    },
  };
}

const STEPS: readonly (readonly [RegExp, Seen["status"], Seen["step"]])[] = [
  [/Getting ready/, "awaiting-callback", "preparing"],
  [/Opening your browser|Waiting for you in the browser/, "awaiting-callback", "waiting"],
  [/Waiting for you to enter the code/, "awaiting-callback", "device"],
  [/Finishing/, "exchanging", undefined],
  [/Signing out in the browser too/, "logging-out", undefined],
];

/** While a command runs: what it has said last. */
function seeBusy(said: string, word: string): Seen {
  const lines = said.split("\n");
  const [, status, step] = lines.flatMap((line) => STEPS.filter(([words]) => words.test(line))).at(-1) ?? [];
  // It waits its turn, and says nothing.
  if (status === undefined) return { status: word === "logout" ? SILENT_LOGOUT : SILENT, url: "" };
  return {
    status,
    step,
    // What was said before stays on the screen.
    browser: step && said.includes("No browser could be opened.") ? "failed" : undefined,
    device: step === "device" ? /and enter this code:\s+(\S+)/.exec(said)?.[1] : undefined,
    url: said,
    reason: "",
  };
}

const SILENT = ["authenticated", "refreshing"] as const;
const SILENT_LOGOUT = [...SILENT, "logging-out"] as const;

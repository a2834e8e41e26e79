// setup TOOL: prints what binds a profile and a host in the tool's own configuration; with `write`, does it, and says what changed.
import { execFile } from "node:child_process";
import { homedir } from "node:os";
import { promisify } from "node:util";
import { AuthError } from "@loopkey/core/light";
import { closeIn, type Frame, type Globals } from "../commands/frame.js";
import { EXIT, type ExitCode } from "../outcome/exit-codes.js";
import { reportFailure, type Advice } from "../outcome/failure.js";
import { toUrl } from "../credential/addresses.js";
import { configFolder } from "../profiles/config-folder.js";
import { refuseAnothersPlace } from "../profiles/own-folder.js";
import { printLines, printVersioned, type CommandIO } from "../terminal/io.js";
import { addText, setMember, writeProgram } from "./inside/files.js";
import { planFor, type Binding } from "./plans.js";
import type { Step } from "./step.js";

export interface SetupOptions {
  readonly globals: Globals;
  readonly host?: string | undefined;
  readonly write: boolean;
  readonly json: boolean;
}

const WITHOUT_WRITE = 'Or put the lines that "loopkey setup" prints without --write where they belong.';
const MARK = "Written by loopkey setup";

export async function runSetup(
  frame: Frame,
  tool: string,
  { globals, host, write, json }: SetupOptions,
  io: CommandIO,
): Promise<ExitCode> {
  let advice: Advice = { program: frame.name, signIn: `${frame.name} login` };
  try {
    const opened = await frame.open(globals, "credential", io.signal);
    advice = opened.advice;
    const url = host === undefined ? undefined : toUrl(host);
    const { profile } = opened.account;
    await closeIn(io, opened);
    if (!opened.tokens)
      throw new AuthError("sign_in_required", `Nobody has signed in with the profile "${profile}".`);
    if (url && !opened.tokens.targetOf(url)) throw notNamed(profile, url);
    const { steps, next } = await planFor(tool, bindingFor(profile!, url, io));
    const lines = steps.flatMap((step) => describe(step));
    const changed: string[] = [];
    // One after the other: the next names what the one before has made.
    // oxlint-disable-next-line no-await-in-loop
    if (write) for (const step of steps) if (await carryOut(step, io)) changed.push(whereOf(step));
    if (json) printVersioned(io, { tool, profile, lines, changed, next: next ?? null });
    else printLines(io.stdout, [...(write ? told(changed) : lines), ...(next === undefined ? [] : [next])]);
    return EXIT.done;
  } catch (error) {
    return reportFailure(error, advice, { json, io });
  }
}

function bindingFor(profile: string, url: URL | undefined, io: CommandIO): Binding {
  return {
    profile,
    url,
    home: homeOf(io),
    cwd: process.cwd(),
    folder: configFolder("loopkey", io),
    env: io.env,
    platform: process.platform,
    read: (command) => run(command, io).catch(() => ""),
  };
}

function homeOf({ env }: CommandIO): string {
  return env["HOME"] ?? homedir();
}

function told(changed: readonly string[]): string[] {
  return changed.length === 0 ? ["Nothing to change."] : changed.map((where) => `Changed: ${where}`);
}

async function carryOut(step: Step, io: CommandIO): Promise<boolean> {
  refuseAnothersPlace(step.kind === "command" ? homeOf(io) : step.path, WITHOUT_WRITE);
  if (step.kind === "text") return addText(step);
  if (step.kind === "json") return setMember(step);
  if (step.kind === "program") return writeProgram(step.path, programText(step), MARK);
  const { command, before } = step;
  if (before && before.isDone(await run(before.command, io).catch(() => ""))) return false;
  await run(command, io);
  return true;
}

/** Lines that a person can type, or put where the first one says. */
function describe(step: Step): string[] {
  if (step.kind === "command") return [step.command.map(quoted).join(" ")];
  if (step.kind === "program")
    return [
      `# ${step.path} (a program${step.path.endsWith(".cmd") ? "" : ": chmod +x"})`,
      ...programText(step).trimEnd().split("\n"),
    ];
  if (step.kind === "text") return [`# ${step.path}`, ...step.text.split("\n")];
  const { path, member, value, beside } = step;
  const whole = member.reduceRight<unknown>(
    (inner, name, at) => ({ ...(at === member.length - 1 ? beside : {}), [name]: inner }),
    value,
  );
  return [`# ${path}`, ...JSON.stringify(whole, null, 2).split("\n")];
}

function whereOf(step: Step): string {
  return step.kind === "command" ? step.command.map(quoted).join(" ") : step.path;
}

/** By the paths of now: a tool may be started where PATH is another. */
function programText({ command, path }: Step & { readonly kind: "program" }): string {
  const own = [process.execPath, process.argv[1] ?? ""];
  const isScript = /\.(?:js|mjs|cjs|ts)$|(?:^|[/\\])loopkey$/.test(own[1]!);
  const all = [...(isScript ? own : own.slice(0, 1)), ...command];
  if (path.endsWith(".cmd")) {
    // A variable's value would stand for what is between two of them.
    const words = all.map((word) => `"${word.replaceAll("%", "%%")}"`);
    return `@rem ${MARK}\r\n@${words.join(" ")} %*\r\n`;
  }
  return `#!/bin/sh\n# ${MARK}\nexec ${all.map(quoted).join(" ")} "$@"\n`;
}

async function run([program, ...args]: readonly string[], io: CommandIO): Promise<string> {
  try {
    const env = { ...io.env };
    return (
      await promisify(execFile)(program!, args, {
        env,
        windowsHide: true,
        ...(io.signal && { signal: io.signal }),
      })
    ).stdout;
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { readonly stderr?: string };
    const why = code === "ENOENT" ? "it is not installed" : (stderr ?? "").trim() || (error as Error).message;
    throw new AuthError("invalid_config", `${program} could not be set up: ${why.split("\n")[0]}.`, {
      detail: "setup",
      cause: error,
    });
  }
}

function notNamed(profile: string | null, { origin }: URL): AuthError {
  return new AuthError("origin_not_allowed", `The profile "${profile}" does not name ${origin}.`, {
    hint: `Name it first: loopkey login --profile ${profile} --api-origin ${origin}`,
  });
}

/** For a shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

// Which machine this is: what the system says of itself, hashed with the app's name.
import { execFile } from "node:child_process";
import { createHmac } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";

/** How the system is asked. */
export interface MachineSources {
  /** The text of a file. Throws where there is none. */
  readonly read: (file: string) => string;
  readonly exists: (path: string) => boolean;
  /** What a program of the system writes to its stdout. Rejects where it fails. */
  readonly run: (program: string, args: readonly string[]) => Promise<string>;
}

export interface MachineIdOptions {
  readonly appName: string;
  /** @default process.platform */
  readonly platform?: NodeJS.Platform;
  /** @default process.env */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly sources?: MachineSources;
}

type MachineId = () => string | undefined | Promise<string | undefined>;

/**
 * Names this machine by what is neither in a home directory nor in a backup of one, so that nobody can tell from it what the
 * system says, nor that two apps run on one machine (as systemd has it, machine-id(5)).
 *
 * - Linux: `/etc/machine-id`, read at once. Not in a container, which may have a new one at each start, nor where it is made
 *   anew at each boot: there it is not known.
 * - macOS: `IOPlatformUUID`, of `ioreg`; Windows: `MachineGuid`, of `reg`. Each is a child process of some milliseconds,
 *   which nobody waits for before a refresh token is sent.
 * - Elsewhere, and where any of it fails, it is not known. Images that were made of one machine, its identity left in, are
 *   the same machine.
 */
export function createMachineId({
  appName,
  platform = process.platform,
  environment = process.env,
  sources = system,
}: MachineIdOptions): MachineId {
  const hashed = (id: string | undefined): string | undefined =>
    id === undefined
      ? undefined
      : createHmac("sha256", id.toLowerCase()).update(appName).digest("base64url").slice(0, 22);
  return () => {
    if (platform === "linux") return hashed(ofLinux(sources, environment));
    const question = QUESTIONS[platform];
    return question && answerTo(question, sources, environment).then(hashed);
  };
}

const CONTAINER_MARKS = ["/.dockerenv", "/run/.containerenv"];
/** There is one while the id in /etc is of this boot only. */
const OF_THIS_BOOT = "/run/machine-id";

function ofLinux(
  { read, exists }: MachineSources,
  { container }: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (container || [...CONTAINER_MARKS, OF_THIS_BOOT].some(exists)) return undefined;
  try {
    // Not "uninitialized", as an image has it that was not started yet.
    return /^(?!0{32})[0-9a-f]{32}$/.exec(read("/etc/machine-id").trim())?.[0];
  } catch {
    return undefined;
  }
}

interface Question {
  readonly program: (systemRoot: string) => string;
  readonly args: readonly string[];
  readonly answer: RegExp;
}

const UUID = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}";

const QUESTIONS: Partial<Record<NodeJS.Platform, Question>> = {
  darwin: {
    program: () => "/usr/sbin/ioreg",
    args: ["-rd1", "-c", "IOPlatformExpertDevice"],
    answer: new RegExp(`"IOPlatformUUID"\\s*=\\s*"(${UUID})"`),
  },
  win32: {
    program: (systemRoot) => `${systemRoot}\\System32\\reg.exe`,
    args: ["query", "HKLM\\SOFTWARE\\Microsoft\\Cryptography", "/v", "MachineGuid", "/reg:64"],
    answer: new RegExp(`MachineGuid\\s+REG_SZ\\s+(${UUID})`),
  },
};

async function answerTo(
  { program, args, answer }: Question,
  { run }: MachineSources,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  try {
    const said = await run(program(environment["SystemRoot"] ?? "C:\\Windows"), args);
    return answer.exec(said)?.[1];
  } catch {
    return undefined;
  }
}

const RUN_LIMIT_MS = 2_000;

const system: MachineSources = {
  read: (file) => readFileSync(file, "utf8"),
  exists: existsSync,
  run: (program, args) =>
    new Promise((resolve, reject) => {
      // By its whole path, and with nothing of ours in its environment.
      const options = { timeout: RUN_LIMIT_MS, windowsHide: true, env: {}, encoding: "utf8" } as const;
      execFile(program, args, options, (error, stdout) => (error ? reject(error) : resolve(stdout)));
    }),
};

// Somebody who is signed in, with a home of their own.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "vitest";
import { createCommandLine, type CommandLine } from "../support.js";

/** Windows under Wine has no git, and no links without rights. */
export const onPosix = (name: string, run: () => Promise<void>): void =>
  process.platform === "win32" ? it.skip(`${name} (Windows has no git here, no links)`, run) : it(name, run);

export const API = "https://api.example";

export interface World {
  readonly line: CommandLine;
  readonly home: string;
  /** `env`: beside the home and the path. */
  readonly setup: (
    args: string,
    env?: Readonly<Record<string, string>>,
  ) => Promise<{ code: number; out: string; err: string }>;
  readonly text: (path: string) => Promise<string>;
}

/** A home without tools: a stand-in in PATH writes down how it is called. */
export async function createWorld(login = `--profile work --api-origin ${API}`): Promise<World> {
  const line = await createCommandLine();
  await line.login(login);
  const home = line.folder;
  return {
    line,
    home,
    async setup(args, more) {
      const env = {
        HOME: home,
        PATH: `${join(home, "bin")}:/usr/bin:/bin`,
        GOENV: join(home, "goenv"),
        ...more,
      };
      const { code, io } = await line.run(`setup ${args} --profile work`, { env });
      return { code, out: io.out, err: io.err };
    },
    text: (path) => readFile(join(home, path), "utf8"),
  };
}

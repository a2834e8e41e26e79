// Collects what anybody could see of this test's processes: arguments, environments, output and files, at every look.
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { onTestFinished } from "vitest";
import type { Evidence } from "./secret-scan.js";
import { markProcesses, startNode, type ProcessEnd, type WatchedProcess } from "./watched-process.js";

export interface Watch {
  /** Looks at all processes and files as they are now. */
  look(): void;
  /** From now on programs get this too, beside a home of the test's own, and this folder is looked into. */
  extend(more: { readonly env: NodeJS.ProcessEnv; readonly folder: string }): void;
  add(evidence: Evidence): void;
  start(name: string, args: readonly string[], env?: NodeJS.ProcessEnv): WatchedProcess;
  run(name: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<ProcessEnd>;
  evidence(): readonly Evidence[];
}

/** `browser`: what is in the arguments of a program that counts as one. */
export async function startWatch({ browser }: { readonly browser: string }): Promise<Watch> {
  const root = await mkdtemp(join(tmpdir(), "loopkey-secrets-"));
  onTestFinished(() => rm(root, { recursive: true, force: true, maxRetries: 10 }));
  const folders = [root];
  const folder = (name: string): string => {
    mkdirSync(join(root, name), { mode: 0o700 });
    return join(root, name);
  };
  let extra: NodeJS.ProcessEnv = {};
  const own = {
    HOME: folder("home"),
    XDG_CONFIG_HOME: folder("config"),
    XDG_STATE_HOME: folder("state"),
    XDG_CACHE_HOME: folder("cache"),
    TMPDIR: folder("tmp"),
  };
  const marked = markProcesses();
  const seen = new Map<string, Evidence>();
  const add = (evidence: Evidence): void => {
    seen.set(JSON.stringify([evidence.where, evidence.text]), evidence);
  };

  function look(): void {
    for (const { argv, environ } of marked()) {
      add({ where: `argv of ${argv.includes(browser) ? "the browser" : "a program"}`, text: argv });
      add({ where: "environ", text: environ });
    }
    for (const each of folders) for (const file of filesIn(each)) add(file);
  }

  async function keepOutput(name: string, { ended }: WatchedProcess): Promise<void> {
    const { stdout, stderr } = await ended;
    add({ where: `stdout of ${name}`, text: stdout });
    add({ where: `stderr of ${name}`, text: stderr });
  }

  const start: Watch["start"] = (name, args, more = {}) => {
    const program = startNode(args, { env: { ...extra, ...own, ...more }, onSign: look });
    void keepOutput(name, program);
    return program;
  };

  return {
    look,
    extend(more) {
      folders.push(more.folder);
      extra = more.env;
    },
    add,
    start,
    run(name, args, more) {
      const program = start(name, args, more);
      program.closeStdin();
      return program.ended;
    },
    evidence: () => [...seen.values()],
  };
}

function filesIn(root: string): Evidence[] {
  return unlessGone(() => readdirSync(root, { withFileTypes: true, recursive: true })).flatMap((entry) => {
    if (!entry.isFile()) return [];
    const path = join(entry.parentPath, entry.name);
    // Its name could hold one too.
    return unlessGone(() => [
      { where: `file ${relative(root, path)}`, text: `${path}\n${readFileSync(path, "latin1")}` },
    ]);
  });
}

/** Temporary files and folders may go while they are looked at. */
function unlessGone<T>(look: () => T[]): T[] {
  try {
    return look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

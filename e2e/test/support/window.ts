// A terminal's window, drawn by tmux: how wide it is can be chosen and changed, and what a person sees and copies can be read.
import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";
import { cliPath } from "./cli.js";

export const missingWindow =
  spawnSync("tmux", ["-V"]).status === 0 ? undefined : "tmux is missing: sudo apt-get install tmux";

const ROWS = 60;

export interface Window {
  /** What a person copies: rows that the window has broken are one line; empty ones at the end are left out. */
  lines(): Promise<readonly string[]>;
  /** Resolves with the lines as soon as one of them matches; rejects when the window is closed, at the end of the test. */
  shows(pattern: RegExp): Promise<readonly string[]>;
  /** Runs it again when it has ended, with other arguments; resolves with what that has shown. */
  runs(args: readonly string[]): Promise<readonly string[]>;
  resize(columns: number): Promise<void>;
  /** As tmux calls them: `C-c`, `Enter`. */
  press(...keys: string[]): Promise<void>;
  /** As a terminal pastes, bracketed where the program has asked for it. */
  paste(text: string): Promise<void>;
}

/** Runs the binary; after it the window stays, and says `ended: CODE`. */
export async function openWindow(
  args: readonly string[],
  { columns, env = {} }: { readonly columns: number; readonly env?: NodeJS.ProcessEnv },
): Promise<Window> {
  const folder = await mkdtemp(join(tmpdir(), "loopkey-window-"));
  const socket = join(folder, "tmux");
  const tmux = async (...command: string[]): Promise<string> => {
    const { CI: _, TMUX: _inside, ...rest } = process.env;
    const how = { env: { ...rest, LC_ALL: "C.UTF-8", SHELL: "/bin/sh", ...env } };
    return (await promisify(execFile)("tmux", ["-u", "-S", socket, "-f", "/dev/null", ...command], how))
      .stdout;
  };
  onTestFinished(async () => {
    await tmux("kill-server").catch(() => {});
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  });
  const programOf = (given: readonly string[]): string =>
    [process.execPath, cliPath, ...given].map((word) => `'${word}'`).join(" ");
  const places = `XDG_CONFIG_HOME='${folder}' XDG_STATE_HOME='${folder}'`;
  // Ctrl-C is for the shell too, which is there for what comes after.
  const commandOf = (given: readonly string[]): string =>
    `trap : INT; ${places} ${programOf(given)}; echo "ended: $?"; exec cat`;
  await tmux("new-session", "-d", "-x", `${columns}`, "-y", `${ROWS}`, commandOf(args));

  const lines = async (): Promise<readonly string[]> => {
    // From the first row that has gone out at the top.
    const text = await tmux("capture-pane", "-p", "-J", "-S", "-");
    return text.trimEnd().split("\n");
  };
  async function shows(pattern: RegExp): Promise<readonly string[]> {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop
      const found = await lines();
      if (found.some((line) => pattern.test(line))) return found;
      // tmux tells nobody of what it has drawn.
      // oxlint-disable-next-line no-await-in-loop
      await setTimeout(50);
    }
  }
  return {
    lines,
    shows,
    async runs(given) {
      await tmux("respawn-pane", "-k", commandOf(given));
      await tmux("clear-history");
      return shows(/^ended: \d+$/);
    },
    resize: async (width) => void (await tmux("resize-window", "-x", `${width}`, "-y", `${ROWS}`)),
    press: async (...keys) => void (await tmux("send-keys", ...keys)),
    async paste(text) {
      await tmux("set-buffer", text);
      await tmux("paste-buffer", "-p");
    },
  };
}

// Starts the person's own browser, and finds out whether that worked.
import { spawn, type ChildProcess } from "node:child_process";
import type { OpenBrowser } from "@loopkey/core";
import type { Environment } from "../ground/environment.js";
import { cmdCommand, isBatchFile } from "./inside/batch-file.js";
import { browserCommands, hasDisplay, isTextBrowser, type BrowserCommand } from "./inside/commands.js";
import { isProgram, ownXdgOpen } from "./inside/own-launcher.js";

const LOOPBACK_HOSTS = ["127.0.0.1", "[::1]", "localhost"];

export interface BrowserLauncherOptions {
  /**
   * Decides about `BROWSER` and the display, and is the environment of a program that `BROWSER` names.
   * @default process.env
   */
  readonly env?: Environment;
  /** Milliseconds a launcher is watched: one that fails has ended by then. @default 1_500 */
  readonly watchMs?: number;
}

/**
 * Opens URLs in the system's default browser, or in the program that the environment variable `BROWSER` names
 * (RFC 8252 5: never an embedded view).
 *
 * - Takes only `https:` URLs, and `http:` on `127.0.0.1`, `[::1]` or `localhost`; others are rejected before anything is
 *   started. No shell is involved, and the URL is one argument. Other users of the machine can see it in the list of
 *   processes: it must not hold a secret. (`state` and `nonce` are worth nothing without
 *   the process that waits for them; a sign-out goes by a one-time address instead: core, `actors/inside/end-session-visit.ts`.)
 * - `BROWSER` is honoured on every platform: a program with arguments, `%s` for the URL (else appended), several
 *   separated by `:` tried in order (on Windows one only; there it may be a batch file, which cmd.exe reads: each argument is
 *   quoted, none can be a command). A text browser counts as failed: the terminal is not free for it.
 * - Without it an `xdg-open` in PATH that is not the distribution's (of a container, or a remote editor) is asked first, also
 *   where there is no display: it opens the browser outside.
 * - Resolves when the program has ended with exit code 0, or still runs after `watchMs`. Rejects with an Error when it
 *   is missing or fails, and at once when there is no display. A rejection is not fatal: show the person the URL.
 * - Aborting the signal ends the watching, not the browser. The browser never keeps this process alive.
 */
export function createBrowserLauncher(options: BrowserLauncherOptions = {}): OpenBrowser {
  const { env = process.env, watchMs = 1_500 } = options;

  return async (url, { signal }) => {
    signal.throwIfAborted();
    const href = browsable(url);
    const commands = browserCommands(env["BROWSER"], href, process.platform, isProgram);
    if (commands.length > 0) return startFirst(commands, { env, watchMs, signal });
    const own = ownXdgOpen(env, process.platform);
    if (own !== undefined) {
      try {
        return await startOne({ program: own, args: [href] }, JSON.stringify(own), { env, watchMs, signal });
      } catch (error) {
        signal.throwIfAborted();
        // Where there is a display the system's own may still know a browser.
        if (!hasDisplay(env, process.platform)) throw error;
      }
    }
    if (!hasDisplay(env, process.platform)) {
      throw new Error(
        "There is no display to open a browser on: neither DISPLAY nor WAYLAND_DISPLAY is set. " +
          "Open the address yourself, or set BROWSER to a program that can.",
      );
    }
    // Loaded here only: it costs 18 ms, which most processes never need.
    const { default: open } = await import("open");
    signal.throwIfAborted();
    await watch(() => open(href), "The system's browser launcher", { watchMs, signal });
  };
}

interface WatchOptions {
  readonly watchMs: number;
  readonly signal: AbortSignal;
}

async function startFirst(
  commands: readonly BrowserCommand[],
  { env, ...options }: WatchOptions & { readonly env: Environment },
): Promise<void> {
  const failures: Error[] = [];
  for (const command of commands) {
    const name = `${JSON.stringify(command.program)} (from BROWSER)`;
    try {
      if (isTextBrowser(command))
        throw new Error(`${name} is a text browser, and needs a terminal of its own.`);
      // oxlint-disable-next-line no-await-in-loop
      return await startOne(command, name, { env, ...options });
    } catch (error) {
      options.signal.throwIfAborted();
      failures.push(error as Error);
    }
  }
  if (failures.length === 1) throw failures[0]!;
  const cause = new AggregateError(failures, "No program of BROWSER opened the URL");
  throw new Error(failures.map(({ message }) => message).join(" "), { cause });
}

function startOne(
  command: BrowserCommand,
  name: string,
  { env, ...options }: WatchOptions & { readonly env: Environment },
): Promise<void> {
  // Detached: Ctrl-C in the terminal, or the end of this process, must not close the person's browser.
  // Not `windowsHide`, which would hide the browser's window too; a program without a console gets none.
  const how = { detached: true, stdio: "ignore" } as const;
  const start = () => {
    if (!isBatchFile(command, process.platform))
      return spawn(command.program, command.args, { ...how, env: { ...env } });
    const { program, args, env: own } = cmdCommand(command, env);
    return spawn(program, args, { ...how, env: { ...own }, windowsVerbatimArguments: true });
  };
  return watch(start, name, options);
}

/** Resolves when the launched program has done its work or goes on running; rejects when it is missing or failed. */
function watch(
  launch: () => ChildProcess | Promise<ChildProcess>,
  name: string,
  { watchMs, signal }: WatchOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const settle = (outcome: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      outcome();
    };
    const onAbort = () => settle(() => reject(signal.reason as Error));
    const onError = (cause: unknown) =>
      settle(() => reject(new Error(`${name} could not be started: ${reasonOf(cause)}.`, { cause })));
    const onExit = (code: number | null, killedBy: NodeJS.Signals | null) => {
      if (code === 0) return settle(resolve);
      const how = code === null ? `was ended by ${killedBy}` : `failed with exit code ${code}`;
      settle(() => reject(new Error(`${name} ${how}.`)));
    };
    const onLaunched = (child: ChildProcess) => {
      child.unref();
      // Stays for good: an "error" nobody listens to would crash the app.
      child.on("error", onError);
      if (child.exitCode !== null || child.signalCode !== null)
        return onExit(child.exitCode, child.signalCode);
      child.once("exit", onExit);
      // Keeps the process alive on purpose: whoever awaits this promise is waiting for it.
      if (!signal.aborted) timer = setTimeout(() => settle(resolve), watchMs);
    };
    signal.addEventListener("abort", onAbort);
    try {
      const launched = launch();
      if (launched instanceof Promise) launched.then(onLaunched, onError);
      else onLaunched(launched);
    } catch (error) {
      onError(error);
    }
  });
}

/** The URL in its plain form, which begins with its scheme: never a dash that a program takes for an option. */
function browsable(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isLoopback = url?.protocol === "http:" && LOOPBACK_HOSTS.includes(url.hostname);
  // A quote is in no name, but URL lets it be in a host; everywhere else it has written `%22`.
  const isPlain = !url?.href.includes('"');
  if (url && isPlain && (url.protocol === "https:" || isLoopback)) return url.href;
  throw new Error(
    `Refused to open ${url ? `a URL with ${url.protocol}//${url.hostname}` : "something that is not a URL"} in the ` +
      "browser: it must be https, or http on a loopback host.",
  );
}

const WHY_NOT_STARTED: Readonly<Record<string, string>> = {
  ENOENT: "there is no such program",
  EACCES: "it is a folder, or is not marked as a program (chmod +x)",
};

function reasonOf(error: unknown): string {
  const why = WHY_NOT_STARTED[(error as NodeJS.ErrnoException).code ?? ""];
  if (why !== undefined) return why;
  return error instanceof Error ? error.message : String(error);
}

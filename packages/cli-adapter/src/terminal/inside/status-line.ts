// One line that changes in place while something is waited for; without a terminal, a plain line for every step.
import type { Writable } from "node:stream";
import { printLines, type CommandIO } from "../io.js";

export interface StatusLine {
  /** What is waited for now. */
  step(text: string): void;
  /** The same step, said anew: shown in a terminal only. */
  update(text: string): void;
  /** Lines that stay. */
  lines(lines: readonly string[]): void;
  stop(): void;
}

export async function createStatusLine(io: CommandIO): Promise<StatusLine> {
  const { stderr, env, foreground } = io;
  const canRedraw = stderr.isTTY === true && env["TERM"] !== "dumb" && env["CI"] === undefined;
  // In the background the line is the shell's.
  return canRedraw && (foreground?.isOurs() ?? true) ? createSpinner(io) : createPlainLines(io);
}

async function createSpinner(io: CommandIO): Promise<StatusLine> {
  const { env, foreground } = io;
  const stream = io.stderr as unknown as Writable & { readonly columns?: number };
  // Loaded here only: most commands never wait for anybody.
  const { default: yoctoSpinner } = await import("yocto-spinner");
  // Its own handlers would end the process before the listener is closed.
  const spinner = yoctoSpinner({
    stream,
    handleSignals: false,
    ...(speaksUnicode(env) ? {} : { spinner: { frames: ["-", "\\", "|", "/"] } }),
  });
  let shown: string | undefined;
  let isOurs = true;

  function show(text: string): void {
    shown = text;
    if (!isOurs) return;
    spinner.text = fit(text, stream.columns || USUAL_COLUMNS, speaksUnicode(env) ? "…" : "..");
    if (!spinner.isSpinning) spinner.start();
  }

  const onResize = (): void => void (shown !== undefined && show(shown));
  stream.on("resize", onResize);

  // Stopped, it shows the cursor again: the shell does not.
  const unsubscribe = foreground?.subscribe((isNowOurs) => {
    isOurs = isNowOurs;
    if (!isOurs) spinner.stop();
    else if (shown !== undefined) show(shown);
  });
  return {
    step: (text) => {
      if (!isOurs) printLines(stream, [`${text}...`]);
      show(text);
    },
    update: show,
    // The spinner steps aside for what is written to its stream.
    lines: (lines) => printLines(stream, lines),
    stop: () => {
      unsubscribe?.();
      stream.off("resize", onResize);
      spinner.stop();
    },
  };
}

/** Of a terminal that does not say. */
const USUAL_COLUMNS = 80;
/** The turning sign, and the blank after it. */
const SIGN = 2;

/**
 * One row, whatever the width: how many rows a longer text takes changes with the window, and the spinner would wipe out those above,
 * the end of the address among them. What stands behind the last comma, the time that is left, stays. Our texts are ASCII.
 */
function fit(text: string, columns: number, ellipsis: string): string {
  // One is left free: in the last column some terminals begin a new row.
  const room = Math.max(0, columns - 1 - SIGN);
  if (text.length <= room) return text;
  const comma = text.lastIndexOf(",");
  const end = comma === -1 ? "" : text.slice(comma);
  const head = room - end.length - ellipsis.length;
  return head > 0 ? text.slice(0, head).trimEnd() + ellipsis + end : text.slice(0, room);
}

/** The locale's character set, as the C library finds it (POSIX 8.2). Windows has none: there the spinner asks the terminal. */
function speaksUnicode(env: CommandIO["env"]): boolean {
  if (process.platform === "win32") return true;
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "C";
  return /utf-?8/i.test(locale);
}

function createPlainLines({ stderr }: CommandIO): StatusLine {
  return {
    step: (text) => printLines(stderr, [`${text}...`]),
    update: () => {},
    lines: (lines) => printLines(stderr, lines),
    stop: () => {},
  };
}

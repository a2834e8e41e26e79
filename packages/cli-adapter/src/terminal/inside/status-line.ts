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
  const { stderr, env } = io;
  const canRedraw = stderr.isTTY === true && env["TERM"] !== "dumb" && env["CI"] === undefined;
  return canRedraw ? createSpinner(stderr as unknown as Writable) : createPlainLines(io);
}

async function createSpinner(stream: Writable): Promise<StatusLine> {
  // Loaded here only: most commands never wait for anybody.
  const { default: yoctoSpinner } = await import("yocto-spinner");
  // Its own handlers would end the process before the listener is closed.
  const spinner = yoctoSpinner({ stream, handleSignals: false });
  const show = (text: string): void => {
    spinner.text = text;
    if (!spinner.isSpinning) spinner.start();
  };
  return {
    step: show,
    update: show,
    // The spinner steps aside for what is written to its stream.
    lines: (lines) => printLines(stream, lines),
    stop: () => void spinner.stop(),
  };
}

function createPlainLines({ stderr }: CommandIO): StatusLine {
  return {
    step: (text) => printLines(stderr, [`${text}...`]),
    update: () => {},
    lines: (lines) => printLines(stderr, lines),
    stop: () => {},
  };
}

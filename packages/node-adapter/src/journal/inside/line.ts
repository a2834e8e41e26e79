// A step of a session's past as a line of JSON, and back. A line that is torn, or of a version to come, is none.
import type { HistoryEntry } from "@loopkey/core";

/** In lines of version 1 stood the words of others. */
const VERSION = 2;

/** What a step has, and nothing that came along with it. */
export function toLine({ at, process, state, event, reason }: HistoryEntry): string {
  const time = new Date(at).toISOString();
  return `${JSON.stringify({ v: VERSION, at: time, process, state, event, ...reasonOf(reason) })}\n`;
}

export function fromLines(text: string): HistoryEntry[] {
  return text.split("\n").flatMap((line) => fromLine(line) ?? []);
}

function fromLine(line: string): HistoryEntry | undefined {
  const { v, at, process, state, event, reason } = parsed(line);
  const time = typeof at === "string" ? Date.parse(at) : Number.NaN;
  if (v !== VERSION || Number.isNaN(time) || typeof state !== "string" || typeof event !== "string")
    return undefined;
  return {
    at: time,
    ...(typeof process === "string" ? { process } : {}),
    state,
    event,
    ...reasonOf(reason),
  };
}

/** A code to come is given out as it stands. */
function reasonOf(value: unknown): Pick<HistoryEntry, "reason"> {
  const { code, detail, oauthError } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof code !== "string") return {};
  return {
    reason: {
      code: code as NonNullable<HistoryEntry["reason"]>["code"],
      ...(typeof detail === "string" ? { detail } : {}),
      ...(typeof oauthError === "string" ? { oauthError } : {}),
    },
  };
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    return (JSON.parse(line) ?? {}) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}

// A step of a session's past as a line of JSON, and back. A line that is torn, or of a version to come, is none.
import type { HistoryEntry } from "@loopkey/core";

export function toLine({ at, ...rest }: HistoryEntry): string {
  return `${JSON.stringify({ v: 1, at: new Date(at).toISOString(), ...rest })}\n`;
}

export function fromLines(text: string): HistoryEntry[] {
  return text.split("\n").flatMap((line) => fromLine(line) ?? []);
}

function fromLine(line: string): HistoryEntry | undefined {
  const { v, at, process, state, event, reason } = parsed(line);
  const time = typeof at === "string" ? Date.parse(at) : Number.NaN;
  if (v !== 1 || Number.isNaN(time) || typeof state !== "string" || typeof event !== "string")
    return undefined;
  return {
    at: time,
    ...(typeof process === "string" ? { process } : {}),
    state,
    event,
    ...reasonOf(reason),
  };
}

/** A code to come is given out as it stands: whoever knows it not has its message. */
function reasonOf(value: unknown): Pick<HistoryEntry, "reason"> {
  const { code, message, detail, oauthError } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof code !== "string" || typeof message !== "string") return {};
  return {
    reason: {
      code: code as NonNullable<HistoryEntry["reason"]>["code"],
      message,
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

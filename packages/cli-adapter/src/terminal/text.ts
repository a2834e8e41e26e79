// Text from elsewhere, made safe for a terminal, and values as the JSON contract has them.

// Control, format (bidirectional overrides, zero width), line separators: what moves a cursor or reorders a line.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** One line, without control characters. */
export function clean(text: string): string {
  return text.replace(UNSAFE, " ").replace(/ {2,}/g, " ").trim();
}

/** JSON on one line. What a terminal would obey is escaped, so that the value stays what it is. */
export function toJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSAFE, (character) =>
    Array.from({ length: character.length }, (_, index) => escape(character.charCodeAt(index))).join(""),
  );
}

/** A claim, or anything else a server sent, as one line. */
export function inline(value: unknown): string {
  return typeof value === "string" ? clean(value) : toJson(value ?? null);
}

/** Epoch milliseconds as ISO 8601; null where absent, or beyond what a date can say. */
export function isoTime(epochMs: number | undefined): string | null {
  const date = new Date(epochMs ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

function escape(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, "0")}`;
}

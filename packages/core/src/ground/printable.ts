// Text from elsewhere, for a terminal or a log.

// C0, DEL, C1, bidirectional overrides and line separators: what moves a cursor or reorders a line.
// oxlint-disable-next-line no-control-regex
const UNSAFE_TO_PRINT = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g;

/** Text from elsewhere, made safe to print in a terminal or a log: no control characters, bounded in length. */
export function printable(text: unknown, maxLength = 200): string {
  const clean = String(text).replace(UNSAFE_TO_PRINT, " ").trim();
  return clean.length > maxLength ? `${clean.slice(0, maxLength)}…` : clean;
}

// Paths as they are typed.

/** A path as one word of a POSIX shell, for hints. */
export function shellWord(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}

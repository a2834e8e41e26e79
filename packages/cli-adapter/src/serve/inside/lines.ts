// Bytes in, lines out. One that is too long is told once and dropped to its end: it fills no memory.

/** Calls `onLine` for each line without its newline, `onTooLong` in the place of one with more than `limit` bytes. */
export function createLineSplitter(
  limit: number,
  onLine: (line: Buffer) => void,
  onTooLong: () => void,
): (chunk: Buffer) => void {
  let parts: Buffer[] = [];
  let length = 0;
  let isDropped = false;

  function add(part: Buffer): void {
    if (isDropped) return;
    length += part.length;
    if (length <= limit) return void parts.push(part);
    isDropped = true;
    parts = [];
    onTooLong();
  }

  function end(): void {
    const line = isDropped ? undefined : Buffer.concat(parts);
    parts = [];
    length = 0;
    isDropped = false;
    if (line) onLine(line);
  }

  return (chunk) => {
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      add(chunk.subarray(from, at));
      end();
      from = at + 1;
    }
    if (from < chunk.length) add(chunk.subarray(from));
  };
}

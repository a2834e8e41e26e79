// What an app holds while it waits, and whether that grows under attack.
import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

export interface Memory {
  /** Bytes in use, after a collection. */
  readonly heap: number;
  readonly rss: number;
  /** What is open by its kind, but for timers. */
  readonly handles: Readonly<Record<string, number>>;
}

export interface Growth {
  readonly before: Memory;
  readonly after: Memory;
}

/** A session more, compiled code, what the fake server remembers: less than 1 MB each. A leak is many times that. */
const MOST_HEAP = 4_000_000;
/** Pages that the allocator keeps for the next burst. */
const MOST_RSS = 60_000_000;

export async function measureMemory(): Promise<Memory> {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  // What was closed is let go of in a later turn.
  for (let n = 0; n < 3; n++) {
    collectGarbage();
    // oxlint-disable-next-line no-await-in-loop
    await turn();
  }
  const handles: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) {
    if (kind !== "Timeout" && kind !== "Immediate") handles[kind] = (handles[kind] ?? 0) + 1;
  }
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed, rss, handles };
}

/** What is more than it may be. */
export function findGrowth({ before, after }: Growth): readonly string[] {
  const open = JSON.stringify(after.handles);
  return [
    ...(after.heap - before.heap > MOST_HEAP ? [`the heap grew: ${heapOf({ before, after })}`] : []),
    ...(after.rss - before.rss > MOST_RSS ? [`the process grew: ${rssOf({ before, after })}`] : []),
    ...(open === JSON.stringify(before.handles) ? [] : [`something stayed open: ${open}`]),
  ];
}

/** `12.3 -> 12.5 MB` */
export function heapOf({ before, after }: Growth): string {
  return `${megabytes(before.heap)} -> ${megabytes(after.heap)} MB`;
}

export function rssOf({ before, after }: Growth): string {
  return `${megabytes(before.rss)} -> ${megabytes(after.rss)} MB`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

// Waiting for what may not listen to its signal: a fetch or a port of somebody else's must not hang us.

/** Settles as what was begun does, or rejects with the signal's reason as soon as it aborts. */
export async function untilAborted<T>(signal: AbortSignal, begin: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const promise = begin();
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (stop) signal.removeEventListener("abort", stop);
    promise.catch(() => {});
  }
}

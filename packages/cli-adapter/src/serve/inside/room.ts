// Bodies that the API has sent and the caller has not read yet: together they fill no memory, however slowly it reads.

export interface Room {
  /**
   * Holds so many bytes more for a call, and resolves when there is room for them. For the call that has held some for longest
   * there always is: it is finished, and makes room. Rejects with the signal's reason.
   */
  take(call: AbortSignal, bytes: number): Promise<void>;
  /** The caller has read what was held for the call, or never will. */
  free(call: AbortSignal): void;
}

export function createRoom(limit: number): Room {
  const held = new Map<AbortSignal, number>();
  const waiting = new Set<() => void>();

  function isFullFor(call: AbortSignal): boolean {
    const [oldest] = held.keys();
    if (oldest === call) return false;
    return [...held.values()].reduce((sum, bytes) => sum + bytes, 0) > limit;
  }

  function change(call: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        waiting.delete(go);
        call.removeEventListener("abort", go);
        resolve();
      };
      waiting.add(go);
      call.addEventListener("abort", go);
    });
  }

  return {
    async take(call, bytes) {
      held.set(call, (held.get(call) ?? 0) + bytes);
      // It is looked at again whenever something has gone.
      // oxlint-disable-next-line no-await-in-loop
      for (; isFullFor(call) && !call.aborted; await change(call));
      call.throwIfAborted();
    },
    free(call) {
      held.delete(call);
      for (const go of waiting) go();
    },
  };
}

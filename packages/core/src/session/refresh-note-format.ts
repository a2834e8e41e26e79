// What is noted beside the lock: that a refresh token has been sent, and its successor not been saved. Nothing secret in it.
import type { LiveSession } from "./session.js";

export interface RefreshNote {
  readonly sessionId: string;
  /** Of the record whose refresh token was sent. */
  readonly generation: number;
  /** Epoch milliseconds. */
  readonly sentAt: number;
  /** The server has ended the session since: the answer was lost for good. */
  readonly isOver?: true;
}

/** One short line. */
export function encodeNote({ sessionId, generation, sentAt, isOver }: RefreshNote): string {
  return JSON.stringify({ sessionId, generation, sentAt, isOver });
}

/** undefined for what no version of this app has noted. */
export function decodeNote(text: string | null): RefreshNote | undefined {
  try {
    const { sessionId, generation, sentAt, isOver } = JSON.parse(text ?? "") as Record<string, unknown>;
    if (typeof sessionId !== "string" || !Number.isSafeInteger(generation)) return undefined;
    return {
      sessionId,
      generation: generation as number,
      sentAt: Number(sentAt),
      ...(isOver === true ? { isOver } : {}),
    };
  } catch {
    return undefined;
  }
}

/** Whether it was this session's refresh token, and not an earlier one. */
export function isNoteOf(note: RefreshNote, { id, generation }: LiveSession): boolean {
  return note.sessionId === id && note.generation === generation;
}

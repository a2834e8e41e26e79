// The note that a refresh token was sent: whose it is decides whether an answer was lost.
import { expect, it } from "vitest";
import { decodeNote, encodeNote, isNoteOf } from "../../src/session/refresh-note-format.js";
import type { LiveSession } from "../../src/session/session.js";

const note = { sessionId: "one", generation: 3, sentAt: 1_800_000_000_000 };
const session = (id: string, generation: number): LiveSession => ({
  id,
  generation,
  view: { scope: [] },
  tokens: {},
});

it("a note is of the very record whose refresh token was sent", () => {
  expect(isNoteOf(note, session("one", 3))).toBe(true);
  expect(isNoteOf(note, session("one", 4)), "it was saved since").toBe(false);
  expect(isNoteOf(note, session("two", 3)), "somebody signed in since").toBe(false);
});

it("what was noted is read again, in one line", () => {
  expect(decodeNote(encodeNote(note))).toEqual(note);
  expect(decodeNote(encodeNote({ ...note, isOver: true }))).toEqual({ ...note, isOver: true });
  expect(encodeNote(note)).not.toContain("\n");
});

it.each([
  ["nothing", null],
  ["no JSON", "{"],
  ["no session", JSON.stringify({ generation: 1 })],
  ["no generation", JSON.stringify({ sessionId: "one" })],
  ["half a generation", JSON.stringify({ sessionId: "one", generation: 1.5 })],
])("%s is no note", (_, text) => {
  expect(decodeNote(text)).toBeUndefined();
});

// Everything that can happen in the world, by name.
import type { WorldEvent } from "./happenings.js";
import { sessionEvents } from "./session-events.js";
import { signInEvents } from "./sign-in-events.js";

export const WORLD_EVENTS = { ...signInEvents, ...sessionEvents } as const satisfies Readonly<
  Record<string, WorldEvent>
>;

/** What the person, the server, the store, another process and time do. */
export type WorldEventName = keyof typeof WORLD_EVENTS;

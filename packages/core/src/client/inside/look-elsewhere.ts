// What another process did to the session, looked for when a token is asked for and at `wake()`: the sender of `changedElsewhere`.
import type { StampWatch } from "../../session/stamp-watch.js";
import type { AuthActor } from "./until.js";

/** Tells the machine what was done in another process, where that could matter to it now. Whether there was something. */
export function lookElsewhere(actor: AuthActor, watch: StampWatch): boolean {
  const event = { type: "changedElsewhere" } as const;
  // The machine is asked last: many may wait for it, and mostly nothing has changed.
  const isNews = watch.hasChanged() && actor.getSnapshot().can(event);
  if (isNews) actor.send(event);
  return isNews;
}

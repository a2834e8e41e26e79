// What the scenarios have in common.
import type { Json, World } from "./world.js";

export type Scenario = (world: World) => Promise<void>;
/** What becomes of the stored record. */
export type Fate = (stored: Json) => Json | undefined;

export const renewed = { forceRefresh: true } as const;
/** Not on purpose: what was refused is not sent again for it. */
export const asked = { minValidityMs: 86_400_000 } as const;
/** Of a sign-in in another process. */
export const REPLACED = { sessionId: "another", generation: 1 };
export const forApi = { resource: "https://api.example", forceRefresh: true } as const;
/** What is stored is looked at beside a sign-in that waits. */
export const LOOK = "awaiting-callback on reviewed";
export const STEP_UP = { maxAge: 0 } as const;
/** Where nobody listens. */
export const NOBODY = "http://127.0.0.1:1";

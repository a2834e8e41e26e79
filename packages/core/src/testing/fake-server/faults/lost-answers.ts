// Refreshes that the server has answered, with a new token for the old one, and whose answer does not arrive.
import type { Outcome } from "../outcome.js";
import { fault, type Effect, type FaultInArea, type FaultLimit } from "./fault.js";

const GRACE_SECONDS = 10;

type Loss = (response: Response) => Outcome;
type Way =
  | "reset"
  | "reset-in-head"
  | "reset-after-head"
  | "reset-in-body"
  | "502"
  | "portal"
  | "stall"
  | "stall-in-body";

const html = (status: number): Outcome => ({
  response: new Response("<!doctype html><h1>Not here</h1>", {
    status,
    headers: { "content-type": "text/html" },
  }),
});

const WAYS: Readonly<Record<Way, readonly [string, Loss]>> = {
  reset: ["the connection is reset before it", () => ({ end: "reset" })],
  "reset-in-head": [
    "the connection is reset in the middle of its head",
    (response) => ({ response, end: "reset", after: "half the head" }),
  ],
  "reset-after-head": [
    "the connection is reset after its head",
    (response) => ({ response, end: "reset", after: "the head" }),
  ],
  "reset-in-body": [
    "the connection is reset in the middle of its body",
    (response) => ({ response, end: "reset" }),
  ],
  "502": ["a gateway says 502 in its place", () => html(502)],
  portal: ["a captive portal's page comes in its place", () => html(200)],
  stall: ["it does not come", () => ({ end: "hang" })],
  "stall-in-body": ["half of it comes, and no more", (response) => ({ response, end: "hang" })],
};

/** The first answer is lost, those after it are not. `forgives`: the server takes the token again within a grace. */
const lost = (way: Way, forgives: boolean): Effect => ({
  at: "refresh",
  lose(response, world, { body }, nth) {
    if (nth > 1 || !response.ok) return undefined;
    if (forgives) world.switches.refreshGraceSeconds = GRACE_SECONDS;
    world.excuse(body.get("refresh_token") ?? "");
    return WAYS[way][1](response);
  },
});

const named = (Object.keys(WAYS) as Way[]).flatMap((way): [string, FaultInArea][] => {
  const what = `The server has answered, and ${WAYS[way][0]}`;
  const isStall = way.startsWith("stall");
  const within: FaultLimit = isStall ? "request" : "again";
  const strict = { ...fault("answer_lost", `${what}.`, lost(way, false)), within };
  const forgiven = { ...fault("works", `${what}; it takes the old token again.`, lost(way, true)), within };
  // No grace is as long as a silence is waited out.
  return [
    [`refresh-lost-${way}`, strict],
    ...(isStall ? [] : [[`refresh-lost-${way}-forgiven`, forgiven] as [string, FaultInArea]]),
  ];
});

/** `refresh-lost-<way>`: the session is over, by its right name. `...-forgiven`: nobody is signed out. */
export const lostAnswers = Object.fromEntries(named) as Record<
  `refresh-lost-${Way}` | `refresh-lost-${Exclude<Way, `stall${string}`>}-forgiven`,
  FaultInArea
>;

// What time, the server, the store and another process do to a session, until it is signed out.
import {
  HOUR,
  holds,
  isAt,
  dueAt,
  rests,
  goesOn,
  fails,
  faulty,
  signsIn,
  signsOut,
  somebodyElse,
  until,
  looksElsewhere,
  type WorldEvent,
} from "./happenings.js";

export const sessionEvents = {
  "the token is due": {
    by: "time",
    isPossible: (look) => isAt("authenticated")(look) && dueAt(look.world) !== undefined,
    happen: async (world) => until(world, dueAt(world)),
  },
  "the app asks for a fresh token": {
    by: "app",
    isPossible: isAt("authenticated"),
    happen: ({ client }) => void client.getAccessToken({ forceRefresh: true }).catch(() => {}),
  },
  "the machine sleeps and wakes up": {
    by: "time",
    isPossible: isAt("authenticated", "idle"),
    happen: ({ clock, client }) => {
      clock.sleep(HOUR);
      client.wake();
    },
  },
  "the server gives a new token": { by: "server", isPossible: holds("lock", "refreshing"), happen: goesOn() },
  "the server is busy": {
    by: "server",
    isPossible: holds("lock", "refreshing"),
    happen: faulty("refresh-503"),
  },
  "the server ends the session": {
    by: "server",
    isPossible: holds("lock", "refreshing"),
    happen: goesOn(({ server }) => server.endSessions()),
  },
  "the server wants a sign-in": {
    by: "server",
    isPossible: holds("lock", "refreshing"),
    happen: goesOn(({ server }) => {
      server.intercept = ({ body }) =>
        body.get("grant_type") === "refresh_token"
          ? Response.json({ error: "login_required" }, { status: 400 })
          : undefined;
    }),
  },
  "the answer is lost": {
    by: "server",
    isPossible: holds("lock", "refreshing"),
    happen: faulty("refresh-lost-reset"),
  },
  "the server forgives the second request": {
    by: "server",
    isPossible: isAt("refreshing.askingAgain"),
    happen: async (world) => {
      world.server.refreshGraceSeconds = 60;
      await until(world, dueAt(world));
    },
  },
  "the server takes the second request for a thief's": {
    by: "server",
    isPossible: isAt("refreshing.askingAgain"),
    happen: async (world) => until(world, dueAt(world)),
  },
  "the new token cannot be saved": {
    by: "store",
    isPossible: holds("lock", "refreshing"),
    happen: fails("save"),
  },
  "the store works again": {
    by: "store",
    isPossible: isAt("refreshing.pausing"),
    happen: async (world) => until(world, dueAt(world)),
  },
  "the store still fails": {
    by: "store",
    isPossible: isAt("refreshing.pausing"),
    happen: async (world) => {
      world.store.failing.add("save");
      await until(world, dueAt(world));
    },
  },
  "another process has the lock": {
    by: "another process",
    isPossible: holds("lock"),
    happen: goesOn(({ troubles }) => void (troubles.lock = true)),
  },
  "it was signed out in another process": {
    by: "another process",
    isPossible: holds("lock", "refreshing"),
    happen: goesOn(signsOut),
  },
  "somebody else was signed in in another process": {
    by: "another process",
    isPossible: holds("lock", "refreshing"),
    happen: goesOn(somebodyElse),
  },

  "another process has changed something": {
    by: "another process",
    isPossible: (look) => rests(look) || isAt("awaiting-callback.waiting", "awaiting-callback.device")(look),
    happen: ({ ports, client }) => {
      ports.stamp?.renew();
      client.wake();
    },
  },
  "it is as it was": { by: "another process", isPossible: looksElsewhere, happen: goesOn() },
  "another process has signed out": {
    by: "another process",
    isPossible: (look) => looksElsewhere(look) && look.world.store.text !== null,
    happen: goesOn(signsOut),
  },
  "the same person has signed in in another process": {
    by: "another process",
    isPossible: looksElsewhere,
    happen: goesOn(signsIn),
  },
  "somebody else has signed in in another process": {
    by: "another process",
    isPossible: looksElsewhere,
    happen: goesOn(somebodyElse),
  },

  "the server signs out": { by: "server", isPossible: holds("lock", "logging-out"), happen: goesOn() },
  "the store cannot be cleared": {
    by: "store",
    isPossible: holds("lock", "logging-out"),
    happen: fails("clear"),
  },
  "the browser comes back": {
    by: "person",
    isPossible: isAt("visiting"),
    happen: async ({ client, ports, server }) => {
      const state = client.getState();
      if (!("url" in state) || !state.url) return;
      const sentOn = await ports.listener.visit(state.url);
      if (typeof sentOn === "string") void ports.listener.visit(server.endSession(sentOn));
    },
  },
  "the browser does not come back": {
    by: "time",
    isPossible: isAt("visiting"),
    happen: ({ clock }) => clock.advance(60_000),
  },
} as const satisfies Readonly<Record<string, WorldEvent>>;

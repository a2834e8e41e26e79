// What is stored at the start, and what the person, the server and time do while somebody signs in.
import {
  POLL,
  holds,
  nothingHeld,
  canComeBack,
  goesOn,
  fails,
  faulty,
  stored,
  comesBack,
  entersCode,
  until,
  isDeviceCode,
  isStepUp,
  type WorldEvent,
} from "./happenings.js";
import { reached } from "../reached.js";
import { SHORT_CODE_SECONDS } from "./held-world.js";

export const signInEvents = {
  "nothing is stored": {
    by: "store",
    isPossible: holds("load", "restoring"),
    happen: goesOn(({ store }) => void (store.text = null)),
  },
  "a session is stored": { by: "store", isPossible: holds("load", "restoring"), happen: stored() },
  "a session with a good token is stored": {
    by: "store",
    isPossible: holds("load", "restoring"),
    happen: goesOn(async (world) => {
      world.store.text = null;
      await world.elsewhere((other) => other.signIn(), { keepAccessToken: "store" });
    }),
  },
  "a session that the server has refused is stored": {
    by: "store",
    isPossible: holds("load", "restoring"),
    happen: stored((record) => ({
      ...record,
      refused: { generation: record["generation"], error: "login_required" },
    })),
  },
  "a session from another machine is stored": {
    by: "store",
    isPossible: holds("load", "restoring"),
    happen: stored((record) => ({ ...record, machine: "another machine" })),
  },
  "what is stored is damaged": {
    by: "store",
    isPossible: holds("load", "restoring"),
    happen: goesOn(({ store }) => void (store.text = "{")),
  },
  "the store cannot be read": { by: "store", isPossible: holds("load"), happen: fails("load") },

  "the sign-in is prepared": { by: "server", isPossible: holds("probe"), happen: goesOn() },
  "the store takes nothing": { by: "store", isPossible: holds("probe"), happen: fails("probe") },
  "the server is not found": { by: "server", isPossible: holds("probe"), happen: faulty("discovery-404") },
  "the server takes no pushed request": {
    by: "server",
    isPossible: (look) => holds("probe")(look) && look.world.pushes,
    happen: faulty("par-invalid-request"),
  },
  "no port is free": {
    by: "server",
    isPossible: holds("probe"),
    happen: goesOn(({ troubles }) => void (troubles.port = true)),
  },
  "the browser opens": { by: "person", isPossible: holds("browser"), happen: goesOn() },
  "no browser opens": {
    by: "person",
    isPossible: holds("browser"),
    happen: goesOn(({ troubles }) => void (troubles.browser = true)),
  },
  "no browser opens, and the server gives no code": {
    by: "server",
    isPossible: holds("browser"),
    happen: goesOn(({ troubles, server }) => {
      troubles.browser = true;
      server.fault = "device-invalid-client";
    }),
  },
  "the person allows": { by: "person", isPossible: canComeBack, happen: comesBack("allow") },
  "the person denies": { by: "person", isPossible: canComeBack, happen: comesBack("deny") },
  "nobody comes in time": {
    by: "time",
    isPossible: (look) => canComeBack(look) && nothingHeld(look),
    happen: async (world) => {
      const state = world.client.getState();
      if ("deadline" in state) await until(world, state.deadline);
    },
  },
  "a stray request comes": {
    by: "person",
    isPossible: (look) => canComeBack(look) && nothingHeld(look),
    happen: ({ ports }) => ports.listener.visit("http://127.0.0.1:50000/favicon.ico"),
  },
  "the person enters the code": { by: "person", isPossible: isDeviceCode, happen: entersCode("allow") },
  "the person refuses the code": { by: "person", isPossible: isDeviceCode, happen: entersCode("deny") },
  "somebody else enters the code": {
    by: "person",
    isPossible: (look) => isDeviceCode(look) && isStepUp(look),
    happen: (world) => {
      world.server.idTokenClaims = { sub: "bob" };
      return entersCode("allow")(world);
    },
  },
  "the code runs out": {
    by: "time",
    isPossible: isDeviceCode,
    happen: async ({ clock, client }) => {
      for (let at = 0; at < SHORT_CODE_SECONDS; at += 5)
        // oxlint-disable-next-line no-await-in-loop
        await clock.advance(POLL);
      // The machine rests in this state too, and makes its last request in it.
      await reached(client, (state) => !("device" in state));
    },
  },
  "the server takes the code": { by: "server", isPossible: holds("code"), happen: goesOn() },
  "the server refuses the code": {
    by: "server",
    isPossible: holds("code"),
    happen: faulty("token-invalid-grant"),
  },
  "the code is somebody else's": {
    by: "person",
    isPossible: (look) => holds("code")(look) && isStepUp(look),
    happen: goesOn(({ server }) => void (server.idTokenClaims = { sub: "bob" })),
  },
  "the server does not answer the code": {
    by: "server",
    isPossible: holds("code"),
    happen: faulty("token-503"),
  },
  "the session is saved": { by: "store", isPossible: holds("lock", "exchanging"), happen: goesOn() },
  "the session cannot be saved": {
    by: "store",
    isPossible: holds("lock", "exchanging"),
    happen: fails("save"),
  },
} as const satisfies Readonly<Record<string, WorldEvent>>;

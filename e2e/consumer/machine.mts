// An app that runs the machine with an XState of its own, whose types are the machine's.
import { createAuthClient } from "@loopkey/core";
import { actorOf, authMachine } from "@loopkey/core/machine";
import { createFakeClock, createFakePorts, createFakeServer } from "@loopkey/core/testing";
import { createActor, type ActorRefFrom } from "xstate";

const clock = createFakeClock();
const server = await createFakeServer({ clock });
const client = createAuthClient(
  { issuer: server.issuer, clientId: "consumer" },
  createFakePorts({ clock, server }),
);
const actor: ActorRefFrom<typeof authMachine> = actorOf(client);
const before = actor.getSnapshot().value;
await client.signIn();
const after = actor.getSnapshot().value;
await client.close();
process.stdout.write(JSON.stringify({ before, after, create: typeof createActor }));

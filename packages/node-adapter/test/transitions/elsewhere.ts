// What another process did to the session, found by this one.
import { LOOK, REPLACED, renewed, type Scenario } from "./scenario.js";
import { becomes, ends, neverReturns, another } from "./world.js";

export const elsewhere: Readonly<Record<string, Scenario>> = {
  "another process finds the session, and what was done to it": async ({ connect, signedIn, change }) => {
    await signedIn();
    const lazy = connect({ refreshOnStart: false });
    await lazy.ready();
    const client = connect();
    await client.ready();
    await becomes(client, "authenticated");
    await change((stored) => ({ ...stored, ...REPLACED }));
    await client.getAccessToken();
    await change((stored) => stored);
    await client.getAccessToken();
    await change(() => undefined);
    await ends(client.getAccessToken());
    await client.signIn();
    await change((stored) => ({ ...stored, ...REPLACED, subject: "bob" }));
    await ends(client.getAccessToken());
  },
  "a session of another machine": async ({ signedIn, change }) => {
    const client = await signedIn();
    await change((stored) => ({ ...stored, ...REPLACED, machine: "another" }));
    await ends(client.getAccessToken());
  },
  "somebody signs in elsewhere while nobody is": async ({ connect, signedIn }) => {
    const idle = connect();
    await idle.ready();
    const client = await signedIn();
    await idle.getAccessToken();
    await client.signOut({ browser: false });
    await ends(idle.getAccessToken());
    await client.signIn();
    await idle.getAccessToken();
  },
  "somebody signs in elsewhere while this sign-in waits": async ({ connect, signedIn, touch, times }) => {
    const client = connect({}, neverReturns);
    const attempt = ends(client.signIn());
    await becomes(client, "awaiting-callback", ({ browser }) => browser === "opened");
    await signedIn();
    client.wake();
    await becomes(client, "awaiting-callback", ({ base }) => base !== undefined);
    touch();
    await another(times(LOOK), () => client.wake());
    client.cancel();
    await attempt;
  },
  "a store that could not be read at the start": async (world) => {
    const { connect, signedIn, breakStore, mendStore, touch } = world;
    await signedIn();
    await breakStore();
    const client = connect();
    await client.ready();
    await mendStore();
    await client.getAccessToken();
    await breakStore();
    touch();
    await ends(client.getAccessToken());
    await ends(client.getAccessToken(renewed));
  },
};

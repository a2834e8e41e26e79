// Signing in, by what is shown: a person, a browser, a device, a port, a server, a store.
import { STEP_UP, renewed, type Scenario } from "./scenario.js";
import { becomes, ends, isNotThere, isStillOpening, neverReturns, another, takePort } from "./world.js";

export const signingIn: Readonly<Record<string, Scenario>> = {
  "a sign-in, a refresh, a sign-out with a visit": async ({ signedIn }) => {
    const client = await signedIn();
    await client.getAccessToken(renewed);
    await client.signOut();
    await client.signIn();
    await client.signOut({ browser: false });
  },
  "a person who says no, and one who gives up": async ({ connect, denies }) => {
    await ends(connect({}, denies).signIn());
    const client = connect({}, neverReturns);
    const attempt = ends(client.signIn());
    await becomes(client, "awaiting-callback", ({ step }) => step === "waiting");
    client.cancel();
    await attempt;
    await ends(client.signIn({ timeoutMs: 300 }));
  },
  "a request that is none of ours": async ({ connect }) => {
    const client = connect({}, neverReturns);
    const attempt = ends(client.signIn());
    const state = await becomes(client, "awaiting-callback", ({ step }) => step === "waiting");
    const { searchParams } = new URL((state as { url: string }).url);
    await fetch(new URL("/favicon.ico", searchParams.get("redirect_uri")!));
    client.cancel();
    await attempt;
  },
  "a port that is taken": async ({ connect }) => {
    const taken = await takePort();
    await ends(connect({ redirectUris: [`${taken.origin}/callback`] }).signIn());
    taken.leave();
  },
  "a server that is not there, has no way to push, or refuses the code": async ({ server, connect }) => {
    server.fault = "discovery-404";
    await ends(connect().signIn());
    server.fault = "par-invalid-request";
    await ends(connect({ par: "always" }).signIn());
    server.fault = "token-invalid-grant";
    await ends(connect().signIn());
  },
  "a store that cannot be had": async ({ connect, signedIn, breakStore, mendStore, breakStoreAt }) => {
    const first = await signedIn();
    await first.signOut({ browser: false });
    await breakStore();
    await ends(connect().signIn());
    await mendStore();
    const client = connect();
    await client.ready();
    breakStoreAt("/token");
    await ends(client.signIn());
  },
  "a code that is being redeemed is given up": async ({ server, connect }) => {
    server.script = [{ at: "code", is: "silent" }];
    const client = connect();
    const attempt = ends(client.signIn());
    await becomes(client, "exchanging");
    client.cancel();
    await attempt;
  },
  "a device": async ({ server, connect, times }) => {
    const client = connect({}, neverReturns);
    for (const decision of ["allow", "deny"] as const) {
      const attempt = ends(client.signIn({ flow: "device" }));
      const state = await becomes(client, "awaiting-callback", ({ device }) => device !== undefined);
      server.approveDevice((state as { device: { userCode: string } }).device.userCode, decision);
      await attempt;
    }
    server.fault = "device-invalid-client";
    await ends(client.signIn({ flow: "device" }));
    server.fault = undefined;
    for (const [fault, gaveUp] of [
      ["poll-expired", "awaiting-callback.device on awaitApproval error"],
      ["device-invalid-client", "awaiting-callback.requestingDeviceCode on requestDeviceCode error"],
    ] as const) {
      const attempt = ends(client.signIn());
      await becomes(client, "awaiting-callback", ({ browser }) => browser === "opened");
      server.fault = fault;
      await another(times(gaveUp), () => client.useDeviceCode());
      client.cancel();
      await attempt;
      server.fault = undefined;
    }
    server.fault = "poll-expired";
    await ends(client.signIn({ flow: "device" }));
  },
  "a browser that is still being opened, and a device instead": async ({ connect }) => {
    const client = connect({}, isStillOpening);
    const attempt = ends(client.signIn());
    await becomes(client, "awaiting-callback", ({ step }) => step === "waiting");
    client.useDeviceCode();
    await becomes(client, "awaiting-callback", ({ device }) => device !== undefined);
    client.cancel();
    await attempt;
  },
  "no browser, and a device instead": async ({ connect }) => {
    const client = connect({}, isNotThere);
    const attempt = ends(client.signIn());
    await becomes(client, "awaiting-callback", ({ device }) => device !== undefined);
    client.cancel();
    await attempt;
    const shown = ends(client.signIn({ flow: "loopback" }));
    await becomes(client, "awaiting-callback", ({ browser }) => browser === "failed");
    client.cancel();
    await shown;
    const unopened = ends(client.signIn({ openBrowser: false }));
    await becomes(client, "awaiting-callback", ({ step }) => step === "waiting");
    client.cancel();
    await unopened;
  },
  "a step-up, by this person and by another": async ({ server, signedIn }) => {
    const client = await signedIn();
    await client.signIn(STEP_UP);
    server.idTokenClaims = { sub: "bob" };
    await ends(client.signIn(STEP_UP));
    const attempt = ends(client.signIn({ ...STEP_UP, flow: "device" }));
    const state = await becomes(client, "awaiting-callback", ({ device }) => device !== undefined);
    server.approveDevice((state as { device: { userCode: string } }).device.userCode);
    await attempt;
  },
};

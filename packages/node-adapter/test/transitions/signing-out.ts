// Signing out, by what does not work.
import { type Scenario } from "./scenario.js";
import { becomes, ends, firstOnly, another, takePort } from "./world.js";

export const signingOut: Readonly<Record<string, Scenario>> = {
  "a server that does not revoke, and a store that breaks meanwhile": async ({
    server,
    signedIn,
    breakClearingAt,
  }) => {
    server.fault = "revocation-invalid-request";
    const client = await signedIn();
    breakClearingAt("/revoke");
    await ends(client.signOut({ browser: false }));
  },
  "a server that is not there any more": async ({ server, signedIn, connect }) => {
    await signedIn();
    server.fault = "revocation-discovery-500";
    await ends(connect({ refreshOnStart: false }).signOut());
  },
  "a store that cannot be read": async ({ signedIn, breakStore }) => {
    const client = await signedIn();
    await breakStore();
    await ends(client.signOut({ browser: false }));
  },
  "a browser that never comes back, and a person who has had enough": async ({ signedIn }) => {
    const client = await signedIn({}, firstOnly());
    await client.signOut({ timeoutMs: 200 });
    const other = await signedIn({}, firstOnly());
    const out = other.signOut();
    const state = await becomes(other, "logging-out", ({ url }) => url !== undefined);
    await fetch(new URL("/favicon.ico", (state as { url: string }).url)).catch(() => {});
    other.cancel();
    await out;
  },
  "a visit whose port is taken": async ({ signedIn }) => {
    const taken = await takePort();
    const client = await signedIn({ postLogoutRedirectUris: [`${taken.origin}/logged-out`] });
    await client.signOut();
    taken.leave();
  },
  "a visit that is not wanted after all": async ({ server, signedIn }) => {
    const client = await signedIn();
    let goOn = (): void => {};
    server.intercept = ({ path }) =>
      path === "/revoke" ? new Promise((resolve) => (goOn = () => resolve(new Response()))) : undefined;
    const revocations = () => server.requests.filter(({ path }) => path === "/revoke").length;
    const out: { is?: Promise<unknown> } = {};
    await another(revocations, () => (out.is = client.signOut()));
    client.cancel();
    goOn();
    await out.is;
  },
};

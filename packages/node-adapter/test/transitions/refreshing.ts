// Refreshes: what the server says, what is stored by then, and what cannot be had.
import type { AuthConfig } from "@loopkey/core";
import { reached } from "@loopkey/core/testing";
import {
  LOOK,
  NOBODY,
  REPLACED,
  STEP_UP,
  asked,
  forApi,
  renewed,
  type Scenario,
  type Fate,
} from "./scenario.js";
import { becomes, ends, firstOnly, another } from "./world.js";

/** What the stored record may have become meanwhile. */
const FATES: Readonly<Record<string, Fate>> = {
  gone: () => undefined,
  "somebody else's": (stored) => ({ ...stored, ...REPLACED, subject: "bob" }),
  "another machine's": (stored) => ({ ...stored, ...REPLACED, machine: "another" }),
  replaced: (stored) => ({ ...stored, ...REPLACED }),
  "replaced by one without a refresh token": (stored) => ({
    ...stored,
    ...REPLACED,
    refreshToken: undefined,
  }),
};

/** A refresh that is answered in these words, by when the record has become something else. */
function refusedMeanwhile(error: string, fate: Fate, config: Partial<AuthConfig> = {}): Scenario {
  return async ({ server, signedIn, swap }) => {
    const client = await signedIn(config);
    server.intercept = ({ path, body }) => {
      if (path !== "/token" || body.get("grant_type") !== "refresh_token") return undefined;
      server.intercept = undefined;
      return swap(fate).then(() => Response.json({ error }, { status: 400 }));
    };
    await ends(client.getAccessToken(renewed));
  };
}

export const refreshing: Readonly<Record<string, Scenario>> = {
  "the grant has ended": async ({ server, signedIn }) => {
    const client = await signedIn();
    server.endSessions();
    await ends(client.getAccessToken(renewed));
  },
  "the grant is refused in other words, here and in another process": async ({
    server,
    signedIn,
    connect,
  }) => {
    const client = await signedIn();
    const other = connect();
    await becomes(other, "authenticated");
    server.intercept = ({ path }) =>
      path === "/token" ? Response.json({ error: "bad_refresh_token" }, { status: 400 }) : undefined;
    await ends(client.getAccessToken(renewed));
    client.wake();
    await ends(other.getAccessToken(asked));
  },
  "an answer that is lost, and one that never comes": async ({ server, signedIn }) => {
    const client = await signedIn({ apiOrigins: [NOBODY] });
    server.refreshGraceSeconds = 60;
    server.script = [{ at: "refresh", is: "lost" }];
    await ends(client.getAccessToken(renewed));
    await becomes(client, "authenticated", ({ degraded }) => degraded === undefined);
    server.script = [{ at: "refresh", is: "silent" }];
    const silent = ends(client.getAccessToken(renewed));
    await becomes(client, "refreshing");
    client.wake();
    await ends(client.fetch(NOBODY));
    await silent;
    server.fault = "refresh-503";
    await ends(client.getAccessToken(renewed));
  },
  "a token for another API, and the ways it fails": async (world) => {
    const { server, signedIn, breakStore, mendStore, breakLock } = world;
    const client = await signedIn({
      resource: [forApi.resource],
      apiOrigins: [{ origin: forApi.resource, resource: forApi.resource }],
    });
    await ends(client.getAccessToken(forApi));
    server.fault = "refresh-invalid-scope";
    await ends(client.getAccessToken(forApi));
    server.fault = undefined;
    await breakStore();
    await ends(client.getAccessToken(forApi));
    await mendStore();
    await breakLock();
    await ends(client.getAccessToken(forApi));
    await ends(client.getAccessToken(renewed));
    await ends(client.signOut({ browser: false }));
  },
  "a store that breaks while the server answers": async ({ server, signedIn, breakStoreAt, mendStore }) => {
    const client = await signedIn();
    breakStoreAt("/token");
    void client.getAccessToken(renewed).catch(() => {});
    await reached(client, (state) => "degraded" in state);
    server.intercept = undefined;
    await mendStore();
    client.wake();
    await becomes(client, "authenticated", ({ degraded }) => degraded === undefined);
    breakStoreAt("/token");
    void client.getAccessToken(renewed).catch(() => {});
    await reached(client, (state) => "degraded" in state);
    server.intercept = undefined;
    await mendStore();
    await client.signOut({ browser: false });
  },
  "a store that breaks, and is tried again by itself": async ({
    server,
    signedIn,
    breakStoreAt,
    mendStore,
  }) => {
    const client = await signedIn();
    breakStoreAt("/token");
    void client.getAccessToken(renewed).catch(() => {});
    await reached(client, (state) => "degraded" in state);
    server.intercept = undefined;
    await mendStore();
    await becomes(client, "authenticated", ({ degraded }) => degraded === undefined);
  },
  "an answer about somebody else, again and again": async ({ server, signedIn }) => {
    const client = await signedIn();
    server.idTokenClaims = { sub: "bob" };
    await ends(client.getAccessToken(renewed));
    server.fault = "refresh-id-token-missing";
    for (let time = 0; time < 4; time += 1) await ends(client.getAccessToken(renewed));
  },
  "a token that runs out": async ({ server, signedIn }) => {
    server.tokenMembers = { expires_in: 2 };
    const client = await signedIn();
    await reached(client, ({ status }) => status === "refreshing");
    await becomes(client, "authenticated");
    server.fault = "refresh-400-empty";
    await becomes(client, "authenticated", ({ degraded }) => degraded !== undefined);
    client.wake();
    await reached(client, ({ status }) => status === "refreshing");
  },
  "an API that cannot be reached": async ({ signedIn }) => {
    const client = await signedIn({ apiOrigins: [NOBODY] });
    await ends(client.fetch(NOBODY));
    client.wake();
  },
  ...Object.fromEntries(
    ["invalid_grant", "bad_refresh_token"].flatMap((error): [string, Scenario][] => [
      [
        `${error}, and another process has renewed it meanwhile`,
        refusedMeanwhile(error, (stored) => ({ ...stored, ...REPLACED }), { keepAccessToken: "store" }),
      ],
      [
        `${error}, and the store cannot be read then`,
        async ({ signedIn, server, breakStoreAt }) => {
          const client = await signedIn();
          breakStoreAt("/token");
          const breaking = server.intercept;
          server.intercept = (request) => {
            void breaking?.(request);
            return request.path === "/token" ? Response.json({ error }, { status: 400 }) : undefined;
          };
          await ends(client.getAccessToken(renewed));
        },
      ],
    ]),
  ),
  "another process has renewed it, and kept the access token": async ({ signedIn, connect }) => {
    const config = { keepAccessToken: "store" } as const;
    const client = await signedIn(config);
    const other = connect(config);
    await becomes(other, "authenticated");
    await client.getAccessToken(renewed);
    await other.getAccessToken(renewed);
  },
  ...Object.fromEntries(
    Object.entries(FATES).flatMap(([name, fate]): [string, Scenario][] => [
      [
        `the record is ${name} when a refresh reads it`,
        async ({ signedIn, swap }) => {
          const client = await signedIn();
          await swap(fate);
          await ends(client.getAccessToken(renewed));
        },
      ],
      [`the grant has ended, and the record is ${name}`, refusedMeanwhile("invalid_grant", fate)],
      [
        `the grant is refused in other words, and the record is ${name}`,
        refusedMeanwhile("bad_refresh_token", fate),
      ],
      [
        `the record is ${name} when somebody signs out`,
        async ({ signedIn, swap }) => {
          const client = await signedIn();
          await swap(fate);
          await ends(client.signOut({ browser: false }));
        },
      ],
      [
        `the record is ${name} while a sign-in waits for its person`,
        async (world) => {
          for (const options of [{}, STEP_UP]) {
            const client = await world.signedIn({}, firstOnly());
            const attempt = ends(client.signIn(options));
            await becomes(client, "awaiting-callback", ({ step }) => step === "waiting");
            await world.change(fate);
            await another(world.times(LOOK), () => client.wake());
            client.cancel();
            await attempt;
          }
        },
      ],
    ]),
  ),
};

// Whatever servers, adapters and browsers say, and however they spell it: a history and a journal repeat none of it.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { actorOf } from "../../src/client/actor-of.js";
import { inKnownWords } from "../../src/client/inside/known-words.js";
import { AuthError, type AuthErrorDetails, type RecordFault, type ServerLack } from "../../src/index.js";
import { createTestJournal, type TestJournal } from "../support/journal.js";
import { answerRefresh } from "../support/refreshing.js";
import { arrange, quiet, signedIn, type World } from "../support/world.js";

const charsOf = (alphabet: string, minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...alphabet.split("")), minLength, maxLength });
const LOWER = "abcdefghijklmnopqrstuvwxyz";
const BASE64 = `${LOWER}${LOWER.toUpperCase()}0123456789+/=`;

/** As servers make them: codes, user codes, JWTs, what people choose. From eight characters on. */
const secrets = fc
  .oneof(
    charsOf(BASE64, 8, 60),
    charsOf(`${LOWER}_`, 8, 20),
    charsOf("BCDFGHJKLMNPQRSTVWXZ-", 8, 9),
    charsOf(LOWER, 8, 30).map((word) => `E${word.toUpperCase()}`),
    charsOf(`${BASE64.slice(0, 62)}-_`, 8, 12).map((part) => `eyJ${part}.eyJ${part}.${part}`),
    fc.string({ unit: "grapheme-ascii", minLength: 8, maxLength: 24 }),
    fc.string({ unit: "grapheme", minLength: 8, maxLength: 24 }),
  )
  .filter((secret) => secret.trim().length >= 8 && inKnownWords(secret) === undefined);

const spellings = fc.constantFrom<(secret: string) => string>(
  (secret) => secret,
  (secret) => encodeURIComponent(secret),
  (secret) => [...new TextEncoder().encode(secret)].map((byte) => `%${byte.toString(16)}`).join(""),
  (secret) => JSON.stringify(secret).slice(1, -1),
  (secret) => Buffer.from(secret).toString("base64"),
  (secret) => Buffer.from(secret).toString("base64url"),
);

const sayings = fc.constantFrom<(secret: string) => string>(
  (secret) => secret,
  (secret) => `http://127.0.0.1:1234/callback?code=${secret}&state=${secret}`,
  (secret) => `Authorization: Bearer ${secret}`,
  (secret) => `client_secret=${secret}`,
  (secret) => `The code ${secret} was used before`,
  (secret) => `invalid_${secret}`,
);

/** A way for what is said to get to the machine, in a client that has a session or has none yet. */
type Way = (said: string, journal: TestJournal) => Promise<World>;

const refused =
  (answer: (said: string) => object, status = 400): Way =>
  async (said, journal) => {
    const world = await signedIn({ journal });
    answerRefresh(world, () => Response.json(answer(said), { status }));
    await world.client.getAccessToken({ forceRefresh: true }).catch(() => {});
    return world;
  };

const failing = (said: string): Error =>
  Object.assign(new Error(said), { code: said, hint: said, name: said });

const WAYS: Readonly<Record<string, Way>> = {
  "the description of a refusal": refused((said) => ({ error: "invalid_grant", error_description: said })),
  "the error of a refusal": refused((said) => ({ error: said, error_description: said, error_uri: said })),
  "a code apart": refused((said) => ({ error_code: said, message: said })),
  "a token of no known type": refused((said) => ({ access_token: said, token_type: said }), 200),
  "the answer to the code": async (said, journal) => {
    const world = await arrange({ journal });
    world.server.intercept = ({ path }) =>
      path === "/token"
        ? Response.json({ error: said, error_description: said }, { status: 400 })
        : undefined;
    await world.client.signIn().catch(() => {});
    return world;
  },
  "what the browser brings": async (said, journal) => {
    const world = await arrange({
      journal,
      person: (url, { listener }) => {
        const back = new URL("/callback", new URL(url).searchParams.get("redirect_uri")!);
        const state = new URL(url).searchParams.get("state")!;
        back.search = new URLSearchParams({
          state,
          error: said,
          error_description: said,
          iss: said,
        }).toString();
        void listener.visit(back.href);
      },
    });
    await world.client.signIn().catch(() => {});
    return world;
  },
  "a store that fails": async (said, journal) => {
    const world = await arrange({ journal });
    world.store.faults.save = failing(said);
    world.store.faults.probe = failing(said);
    await world.client.signIn().catch(() => {});
    return world;
  },
  "a network that fails": async (said, journal) => {
    const world = await arrange({ journal });
    world.server.intercept = () => {
      throw failing(said);
    };
    await world.client.signIn().catch(() => {});
    return world;
  },
  "a lock that fails": async (said, journal) => {
    const world = await arrange({
      journal,
      lock: async () => {
        throw failing(said);
      },
    });
    await world.client.signIn().catch(() => {});
    return world;
  },
  "an event that the machine knows": async (said, journal) => {
    const world = await arrange({ journal, person: () => {} });
    void world.client.signIn().catch(() => {});
    await quiet();
    const error = new AuthError("port_unavailable", said, { detail: said, oauthError: said, hint: said });
    actorOf(world.client).send({ type: "listenFailed", error });
    return world;
  },
  "an event that the machine does not know": async (said, journal) => {
    const world = await signedIn({ journal });
    actorOf(world.client).send({ type: `${said}Failed`, error: new Error(said) } as never);
    return world;
  },
};

describe("what was said by", () => {
  it.each(Object.entries(WAYS))("%s is in no history and in no journal", async (_, way) => {
    const property = fc.asyncProperty(secrets, spellings, sayings, async (secret, spell, say) => {
      const journal = createTestJournal();
      const spelled = spell(secret);
      const { client, clock } = await way(say(spelled), journal);
      await quiet();
      await clock.advance(0);
      const told = JSON.stringify([client.history(), journal.batches]);
      await client.close();
      for (const form of [secret, spelled, spelled.trim(), JSON.stringify(spelled).slice(1, -1)])
        expect(told).not.toContain(form);
      expect(told.length).toBeGreaterThan(100);
    });
    await fc.assert(property, { numRuns: 15, endOnFailure: true });
  });
});

describe("what is left of a failure", () => {
  it("is its code, the case within it, and the server's own word", async () => {
    const { client } = await refused(() => ({ error: "bad_refresh_token", error_description: "x" }))(
      "",
      createTestJournal(),
    );
    const told = client.history().findLast(({ reason }) => reason !== undefined);
    expect(told?.reason).toEqual({
      code: "sign_in_required",
      detail: "refused",
      oauthError: "bad_refresh_token",
    });
  });

  const faults: Record<RecordFault, true> = {
    "newer version": true,
    damaged: true,
    "not JSON": true,
    "not an object": true,
    v: true,
    sessionId: true,
    generation: true,
    issuer: true,
    clientId: true,
    subject: true,
    refreshToken: true,
    idToken: true,
    scope: true,
    savedAt: true,
    dpopKey: true,
    accessToken: true,
    idTokenIssuer: true,
    answersInDoubt: true,
    machine: true,
    clientSecret: true,
    clientSecretExpiresAt: true,
    response: true,
    refused: true,
    tokens: true,
    endpoints: true,
  };
  const lacks: Record<ServerLack, true> = {
    authorization_endpoint: true,
    token_endpoint: true,
    userinfo_endpoint: true,
    jwks_uri: true,
    registration_endpoint: true,
    device_authorization_endpoint: true,
    pushed_authorization_request_endpoint: true,
    response_types_supported: true,
    code_challenge_methods_supported: true,
    id_token_signing_alg_values_supported: true,
    dpop_signing_alg_values_supported: true,
    token_endpoint_auth_method: true,
    grant_types: true,
    response_types: true,
    redirect_uris: true,
    refresh_token: true,
  };
  const cases: Record<AuthErrorDetails["timed_out"], true> = { browser_failed: true, expired_token: true };
  const others =
    "401 503 timeout ECONNREFUSED EADDRINUSE UND_ERR_CONNECT_TIMEOUT SELF_SIGNED_CERT_IN_CHAIN CERT_HAS_EXPIRED " +
    "invalid_grant invalid_client interaction_required refresh_token_not_found unauthorized_client locked no_dbus lock_timeout";

  it.each([faults, lacks, cases].flatMap((each) => Object.keys(each)).concat(others.split(" ")))(
    "stays as it is: %s",
    (detail) => {
      expect(inKnownWords(detail)).toBe(detail);
    },
  );

  it.each([
    "",
    "4012",
    "another  machine",
    "invalid_grant ",
    "token ".repeat(14).trim(),
    "Invalid-Grant",
    "abc",
  ])("is nothing where it is made otherwise: %j", (detail) => {
    expect(inKnownWords(detail)).toBeUndefined();
  });
});

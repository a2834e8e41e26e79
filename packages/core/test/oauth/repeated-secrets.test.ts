// A server that repeats what it was sent, in whatever spelling, puts it into no error: neither its message nor what caused it.
import { inspect } from "node:util";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AuthError } from "../../src/index.js";
import { Secret } from "../../src/ground/secret.js";
import { errorWithoutSent, withoutSent } from "../../src/oauth/inside/without-sent.js";
import { API, answerRefresh } from "../support/refreshing.js";
import { arrange, errorOf, restarted, signedIn, type World } from "../support/world.js";

const percent = (text: string): string =>
  [...new TextEncoder().encode(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
const units = (text: string): string[] =>
  Array.from(text, (character) => character.codePointAt(0)!.toString(16));

const SPELLINGS: Readonly<Record<string, (secret: string) => string>> = {
  "as it is": (secret) => secret,
  "as in a form": (secret) => new URLSearchParams({ a: secret }).toString().slice(2),
  "as in a URL": (secret) => encodeURIComponent(secret),
  "as in a URL, in small letters": (secret) =>
    encodeURIComponent(secret).replace(/%../g, (byte) => byte.toLowerCase()),
  "as in a URL, every byte": percent,
  "as in a URL in a URL": (secret) => encodeURIComponent(encodeURIComponent(secret)),
  "as in JSON": (secret) => JSON.stringify(secret).slice(1, -1).replaceAll("/", "\\/"),
  "as in JSON, every character": (secret) =>
    units(secret)
      .map((unit) => `\\u${unit.padStart(4, "0")}`)
      .join(""),
  "as in HTML": (secret) =>
    secret.replaceAll("&", "&amp;").replaceAll("+", "&#43;").replaceAll("=", "&#x3d;"),
  "as in Basic credentials": (secret) => Buffer.from(`app:${secret}`).toString("base64"),
  "as in base64url": (secret) => Buffer.from(secret).toString("base64url"),
  "by its first half": (secret) => `${secret.slice(0, secret.length / 2)}...`,
};

const AROUND: readonly ((spelled: string) => string)[] = [
  (spelled) => spelled,
  (spelled) => `The token ${spelled} is not known.`,
  (spelled) => `grant_type=refresh_token&refresh_token=${spelled}&client_id=app`,
  (spelled) => `{"refresh_token":"${spelled}"}`,
];

/** Of a token as servers make them, with every sign that is spelled in several ways. */
const TOKEN = "v1.r+8/Zq0=~Tx&3\"kLm-9_wPq<5vB>Hs7'Yd2";

/** Longer than eight: what is shorter than a word of the sentence cannot be told from it. */
const LEAST = 8;

function expectFree(text: string, secret: string): void {
  expect(text).not.toContain(secret.slice(0, 12));
  for (const spell of Object.values(SPELLINGS)) expect(text).not.toContain(spell(secret));
}

describe.each(Object.entries(SPELLINGS))("a refresh token that is repeated %s", (_, spell) => {
  it.each(AROUND.map((around) => [around("...")] as const))("in %j is in no error", async (shape) => {
    const said = shape.replace("...", spell(TOKEN));
    const world = await renewing(TOKEN);
    for (const answer of [
      { error: "invalid_request", error_description: said },
      { error: "invalid_grant", error_description: said },
      { error: said },
    ]) {
      answerRefresh(world, () => Response.json(answer, { status: 400 }));
      // oxlint-disable-next-line no-await-in-loop
      const error = await errorOf(world.client.getAccessToken({ forceRefresh: true }));
      expectFree(inspect([error, error.cause, world.client.getState(), world.notices], { depth: 20 }), TOKEN);
    }
  });
});

/** A client whose session has this refresh token. */
async function renewing(refreshToken: string): Promise<World> {
  const before = await signedIn({}, { scope: "offline_access" });
  const record = JSON.parse(before.store.record!) as Record<string, unknown>;
  await before.store.save(JSON.stringify({ ...record, refreshToken }));
  const world = await restarted(before, { refreshOnStart: false });
  await world.client.ready();
  return world;
}

describe("what a server repeats elsewhere than in its description", () => {
  it.each<[string, () => Response]>([
    ["the type of the token", () => Response.json({ access_token: "a", token_type: TOKEN })],
    [
      "the type of the answer",
      () => new Response("?", { status: 400, headers: { "content-type": `text/${TOKEN}` } }),
    ],
    ["what a sign-in is to ask for", () => claims({ id_token: { acr: { value: TOKEN } } })],
  ])("as %s is in no error", async (_, answer) => {
    const world = await renewing(TOKEN);
    answerRefresh(world, answer);
    const error = await errorOf(world.client.getAccessToken({ forceRefresh: true }));
    expectFree(inspect([error, error.stepUp, world.client.getState()], { depth: 20 }), TOKEN);
  });

  it("as the kind of sign-in that an API asks for is in no error, and is not asked for", async () => {
    const { client, server } = await signedIn();
    const token = await client.getAccessToken();
    const challenge = `Bearer error="insufficient_user_authentication", acr_values="${token} silver"`;
    server.intercept = ({ path }) =>
      path === "/api"
        ? new Response(null, { status: 401, headers: { "www-authenticate": challenge } })
        : undefined;
    const error = await errorOf(client.fetch(API));
    expect(error).toMatchObject({ code: "step_up_required", stepUp: { acrValues: ["silver"] } });
    expectFree(inspect(error, { depth: 20 }), token);
  });

  it("as the redirect's issuer, or beside its error, is in no error", async () => {
    let sent: readonly string[] = [];
    const person = (url: string, { listener }: { readonly listener: World["ports"]["listener"] }): void => {
      const asked = new URL(url).searchParams;
      const back = new URL(asked.get("redirect_uri")!);
      const code = "code-0123456789-abcdefgh";
      const [state, nonce] = [asked.get("state")!, asked.get("nonce")!];
      sent = [state, nonce, code];
      const said = sent.map((secret) => percent(secret)).join(" ");
      const iss = isWithIssuer
        ? { iss: `https://id.example/${said}` }
        : { error: "x", error_description: said };
      back.search = new URLSearchParams({ state, code, ...iss }).toString();
      void listener.visit(back.href);
    };
    let isWithIssuer = false;
    for (isWithIssuer of [false, true]) {
      // oxlint-disable-next-line no-await-in-loop
      const { client } = await arrange({ person });
      // oxlint-disable-next-line no-await-in-loop
      const error = await errorOf(client.signIn());
      for (const secret of sent) expectFree(inspect([error, client.getState()], { depth: 20 }), secret);
    }
  });
});

const claims = (asked: object): Response =>
  Response.json({ error: "interaction_required", claims: JSON.stringify(asked) }, { status: 400 });

describe("any secret", () => {
  const secrets = fc
    .string({ unit: "grapheme", minLength: LEAST, maxLength: 60 })
    .filter((secret) => secret.trim().length >= LEAST && !"the token is not known".includes(secret.trim()));

  it("is taken out of any words, in any spelling, and the words stay", () => {
    const spellings = fc.constantFrom(...Object.values(SPELLINGS).slice(0, 7));
    fc.assert(
      fc.property(secrets, spellings, (secret, spell) => {
        const clean = withoutSent(`Before ${spell(secret)} behind`, [new Secret(secret)]);
        expect(clean).not.toContain(spell(secret));
        expect(clean).toContain("[secret]");
        expect(clean).toMatch(/^Before .* behind$/s);
      }),
    );
  });

  it("is taken out of an error with all it came of, and an error without it is the same", () => {
    fc.assert(
      fc.property(secrets, (secret) => {
        const sent = [new Secret(secret)];
        const cause = new Error("outer", { cause: new Error(`GET /?code=${percent(secret)}`) });
        const error = new AuthError("invalid_response", `It sent ${secret}.`, {
          hint: `Not ${secret}.`,
          cause,
        });
        const clean = errorWithoutSent(error, sent);
        expect(inspect([clean.message, clean.hint, clean.cause], { depth: 9 })).not.toContain(
          percent(secret),
        );
        expect(clean.message + clean.hint).not.toContain(secret);
        expect(clean).toMatchObject({ code: "invalid_response", retryable: false });
        expect(clean.cause).toBeUndefined();
      }),
    );
    const error = new AuthError("temporarily_unavailable", "It is busy.", {
      retryAfterMs: 7,
      cause: new Error("x"),
    });
    expect(errorWithoutSent(error, [new Secret("0123456789abcdef")])).toBe(error);
  });
});

it("a secret with half a character in it is taken out as well, and throws nothing", () => {
  const half = `0123456789\ud800`;
  expect(withoutSent(`What is ${half}?`, [new Secret(half)])).toBe("What is [secret]?");
});

it("what is said without a secret is told word for word", () => {
  const sent = [new Secret("0123456789abcdef"), new Secret("")];
  for (const words of [
    "AADSTS70008: The refresh token has expired due to inactivity (100%).",
    "See https://id.example/errors?code=70008&lang=en%20GB, or ask \\u0022IT\\u0022.",
    "&amp; &#0; &#x110000; %zz MDEyMw==",
  ])
    expect(withoutSent(words, sent)).toBe(words);
});

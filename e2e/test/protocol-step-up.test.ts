// Step-up (RFC 9470): the API asks for more, the person signs in again, and what was there before stays until then.
import {
  createPerson,
  PASSWORD,
  TWO_STEPS,
  type IdentityProviderOptions,
} from "@loopkey/example-identity-provider";
import type { AuthError, StepUp } from "@loopkey/core";
import { describe, expect, it } from "vitest";
import {
  BROWSER_TRAIL,
  createWorld,
  deviceOf,
  expectNothingLeft,
  trailSince,
  type World,
} from "./support/signing-in.js";

const features: IdentityProviderOptions = { stepUp: {}, deviceCode: { intervalSeconds: 1 } };

interface SteppingUp extends World {
  /** What the vault asked for. */
  readonly needed: StepUp;
  /** The state's names since then. */
  readonly sinceThen: () => readonly string[];
}

/** A person is signed in with the password, and the vault wants more. */
async function atTheVault(options = features): Promise<SteppingUp> {
  const world = await createWorld({ features: options });
  await world.signIn();
  return { ...world, ...(await askedForMore(world)) };
}

async function askedForMore(world: World): Promise<Pick<SteppingUp, "needed" | "sinceThen">> {
  const refused: unknown = await world.client.fetch(world.server.vaultUrl).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: "step_up_required", retryable: false });
  const { length } = world.trail;
  return { needed: (refused as AuthError).stepUp!, sinceThen: () => trailSince(world, length) };
}

/** That the session of before serves as before. */
async function expectBase(world: World): Promise<void> {
  const { client, server } = world;
  expect(client.getState()).toMatchObject({
    status: "authenticated",
    session: { claims: { acr: PASSWORD } },
  });
  expect((await client.fetch(server.apiUrl)).status).toBe(200);
  await expect(client.fetch(server.vaultUrl)).rejects.toMatchObject({ code: "step_up_required" });
  await expectNothingLeft(world);
}

describe("an API that wants a stronger sign-in", () => {
  it("says which, and opens to the one that has it", async () => {
    const world = await atTheVault();
    expect(world.needed).toEqual({ acrValues: [TWO_STEPS] });
    const session = await world.signIn(world.needed);
    expect(session.claims).toMatchObject({ acr: TWO_STEPS });
    expect((await world.client.fetch(world.server.vaultUrl)).status).toBe(200);
    expect(world.sinceThen()).toEqual(BROWSER_TRAIL);
    expect(world.person.pagesSeen).toEqual(["login", "consent", "second-step"]);
    await expectNothingLeft(world);
  });

  it("is still open after a refresh", async () => {
    const world = await atTheVault();
    await world.signIn(world.needed);
    await world.client.getAccessToken({ forceRefresh: true });
    expect((await world.client.fetch(world.server.vaultUrl)).status).toBe(200);
  });

  it("leaves the session of before at work while the person is asked", async () => {
    const world = await atTheVault();
    const signingIn = world.begin(world.needed);
    const url = await world.authorizationUrl();
    expect(world.client.getState()).toMatchObject({
      status: "awaiting-callback",
      step: "waiting",
      base: { subject: "account-ada", claims: { acr: PASSWORD } },
    });
    expect((await world.client.fetch(world.server.apiUrl)).status).toBe(200);
    await fetch(await world.person.follow(url));
    await signingIn;
    expect(world.sinceThen()).toEqual(BROWSER_TRAIL);
  });

  it("may be satisfied with a device code", async () => {
    const world = await atTheVault();
    const signingIn = world.begin({ ...world.needed, flow: "device" });
    const { verificationUriComplete } = await deviceOf(world);
    expect(world.client.getState()).toMatchObject({ base: { subject: "account-ada" } });
    await world.person.follow(verificationUriComplete!);
    expect((await signingIn).claims).toMatchObject({ acr: TWO_STEPS });
    expect((await world.client.fetch(world.server.vaultUrl)).status).toBe(200);
    expect(world.sinceThen()).toEqual([
      "awaiting-callback/preparing",
      "awaiting-callback/device",
      "exchanging",
      "authenticated",
    ]);
    await expectNothingLeft(world);
  });
});

describe("the session of before stays when", () => {
  it("the app gives up", async () => {
    const world = await atTheVault();
    const signingIn = world.begin(world.needed);
    await world.authorizationUrl();
    world.client.cancel();
    await expect(signingIn).rejects.toMatchObject({ code: "cancelled" });
    expect(world.sinceThen()).toEqual([...BROWSER_TRAIL.slice(0, 2), "authenticated"]);
    await expectBase(world);
  });

  it("the person gives up", async () => {
    const world = await atTheVault();
    await expect(world.signIn(world.needed, { decision: "cancel" })).rejects.toMatchObject({
      code: "access_denied",
    });
    expect(world.sinceThen()).toEqual([...BROWSER_TRAIL.slice(0, 2), "authenticated"]);
    await expectBase(world);
  });

  it("the time is up", async () => {
    const world = await atTheVault();
    const signingIn = world.begin({ ...world.needed, timeoutMs: 500 });
    await expect(signingIn).rejects.toMatchObject({ code: "timed_out" });
    expect(world.sinceThen().at(-1)).toBe("authenticated");
    await expectBase(world);
  });

  it("the sign-in was a weaker one than was asked for", async () => {
    const world = await atTheVault();
    await expect(world.signIn(world.needed, { skipSecondStep: true })).rejects.toMatchObject({
      code: "id_token_invalid",
      detail: "acr",
    });
    expect(world.sinceThen()).toEqual(BROWSER_TRAIL);
    await expectBase(world);
  });

  it("the server knows no such sign-in", async () => {
    const world = await atTheVault();
    await expect(world.signIn({ acrValues: ["urn:example:acr:retina"] })).rejects.toMatchObject({
      code: "authorization_failed",
      oauthError: "unmet_authentication_requirements",
    });
    await expectBase(world);
  });

  it("somebody else signs in", async () => {
    const ada = { username: "ada", password: "loopkey", name: "Ada Lovelace", email: "ada@example.com" };
    const mary = { username: "mary", password: "moon", name: "Mary Somerville", email: "mary@example.com" };
    const world = await atTheVault({ ...features, accounts: [ada, mary] });
    const signingIn = world.begin(world.needed);
    // She reads it off the screen, and takes her own browser.
    const url = await world.authorizationUrl();
    const asMary = createPerson({ ...world.server.account, ...mary });
    await fetch(await asMary.follow(url));
    await expect(signingIn).rejects.toMatchObject({ code: "account_changed" });
    expect(world.sinceThen()).toEqual(BROWSER_TRAIL);
    await expectBase(world);
  });
});

describe("an API that wants a recent sign-in", () => {
  it("says how recent, and opens again to a new one", async () => {
    const world = await createWorld({ features: { stepUp: { acrValues: [], maxAgeSeconds: 3 } } });
    await world.signIn();
    expect((await world.client.fetch(world.server.vaultUrl)).status).toBe(200);
    await expect
      .poll(() => world.client.fetch(world.server.vaultUrl).then(({ status }) => status, codeOf), {
        timeout: 10_000,
      })
      .toBe("step_up_required");
    const { needed } = await askedForMore(world);
    expect(needed).toEqual({ maxAge: 3 });
    await world.signIn(needed);
    expect(world.person.pagesSeen).toEqual(["login", "consent", "login"]);
    expect((await world.client.fetch(world.server.vaultUrl)).status).toBe(200);
  });

  it("and a strong one says both at once, so that one sign-in is enough", async () => {
    const world = await createWorld({ features: { stepUp: { maxAgeSeconds: 3600 } } });
    await world.signIn();
    const { needed } = await askedForMore(world);
    expect(needed).toEqual({ acrValues: [TWO_STEPS], maxAge: 3600 });
    await world.signIn(needed);
    expect((await world.client.fetch(world.server.vaultUrl)).status).toBe(200);
  });
});

function codeOf(error: unknown): string {
  return (error as AuthError).code;
}

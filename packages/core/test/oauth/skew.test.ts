// A machine whose clock is wrong (pain 15): measured against the server's Date header, allowed for, and said once.
import { describe, expect, it } from "vitest";
import type { AuthConfig } from "../../src/index.js";
import { createFakeClock, createFakeServer } from "../../src/testing/index.js";
import { arrange, errorOf, HOUR, MINUTE, pass, SECOND } from "../support/world.js";

/** What the server writes into its Date header, given its own time. */
type DateHeader = (serverNow: number) => string | undefined;

const honest: DateHeader = (serverNow) => new Date(serverNow).toUTCString();

/** A server whose clock is `ahead` milliseconds ahead of ours, and whose ID tokens live for five minutes. */
async function clocksApart(ahead: number, date: DateHeader = honest, config: Partial<AuthConfig> = {}) {
  let apart = ahead;
  const clock = createFakeClock();
  const serverClock = { ...clock, now: () => clock.now() + apart };
  const server = await createFakeServer({ clock: serverClock });
  const inSeconds = () => Math.floor(serverClock.now() / SECOND);
  const fetch: typeof globalThis.fetch = async (input, init) => {
    server.idTokenClaims = { iat: inSeconds(), nbf: inSeconds(), exp: inSeconds() + 300, ...claims };
    const answer = await server.fetch(input, init);
    const header = date(serverClock.now());
    if (header !== undefined) answer.headers.set("date", header);
    return answer;
  };
  let claims: Record<string, unknown> = {};
  const world = await arrange({ clock, server: { ...server, fetch } }, config);
  const skews = () => world.notices.filter(({ code }) => code === "clock_skew");
  const claim = (more: Record<string, unknown>): void => void (claims = more);
  return { ...world, skews, inSeconds, claim, setApart: (ms: number) => void (apart = ms) };
}

describe("a machine whose clock is wrong still signs in", () => {
  it.each([
    ["10 minutes behind", 10 * MINUTE, "600", "behind"],
    ["10 minutes ahead", -10 * MINUTE, "-600", "ahead of"],
    ["a day behind", 24 * HOUR, "86400", "behind"],
    ["a day ahead", -24 * HOUR, "-86400", "ahead of"],
  ])("%s, and that is said once", async (_, ahead, detail, direction) => {
    const world = await clocksApart(ahead);
    expect(await world.client.signIn()).toMatchObject({ subject: "ada" });
    expect(world.skews()).toEqual([
      { code: "clock_skew", detail, message: expect.stringContaining(` s ${direction} the server's`) },
    ]);
    for (let turn = 0; turn < 5; turn++) await world.client.getAccessToken({ forceRefresh: true });
    await pass(world, 3 * HOUR);
    expect(world.client.getState().status).toBe("authenticated");
    expect(world.client.getState()).not.toHaveProperty("degraded");
    expect(world.skews()).toHaveLength(1);
  });

  it("and the access token's life is counted on its own clock", async () => {
    const { client, clock } = await clocksApart(10 * MINUTE);
    expect(await client.signIn()).toMatchObject({ accessTokenExpiresAt: clock.now() + HOUR });
  });

  it("but an ID token that is wrong by the server's clock is refused", async () => {
    for (const [claim, offset] of [
      ["exp", -60],
      ["iat", 60],
    ] as const) {
      const { client, claim: set, inSeconds } = await clocksApart(10 * MINUTE);
      set({ [claim]: inSeconds() + offset });
      expect(await errorOf(client.signIn())).toMatchObject({ code: "id_token_invalid", detail: claim });
    }
  });

  it("without a Date header it is not known, and the ID token is refused, with a hint at the clock", async () => {
    const { client, skews } = await clocksApart(-10 * MINUTE, () => undefined);
    const error = await errorOf(client.signIn());
    expect(error).toMatchObject({ code: "id_token_invalid" });
    expect(error.hint).toContain("clock");
    expect(skews()).toEqual([]);
  });
});

describe("nothing is said", () => {
  it.each([0, 15 * SECOND, -15 * SECOND, 29 * SECOND, -29 * SECOND])("of %i ms", async (ahead) => {
    const { client, skews } = await clocksApart(ahead);
    await client.signIn();
    await client.getAccessToken({ forceRefresh: true });
    expect(skews()).toEqual([]);
  });

  it("within another tolerance either, and outside it is", async () => {
    for (const [tolerance, notices] of [
      [120, 0],
      [10, 1],
    ] as const) {
      const { client, skews } = await clocksApart(MINUTE, honest, { clockToleranceSeconds: tolerance });
      await client.signIn();
      expect(skews()).toHaveLength(notices);
    }
  });

  it.each([undefined, "", "yesterday", "Thu, 99 Foo 2020 99:99:99 GMT"])(
    "of the Date header %j, and the sign-in succeeds",
    async (header) => {
      const { client, skews } = await clocksApart(0, () => header);
      expect(await client.signIn()).toMatchObject({ subject: "ada" });
      expect(skews()).toEqual([]);
    },
  );
});

describe("a Date that no server can have", () => {
  const absurd = [
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "Mon, 01 Jan 2150 00:00:00 GMT",
    "Thu, 01 Jan 1970 00:00:00 GMT",
  ];
  const decades =
    (years: number): DateHeader =>
    (now) =>
      new Date(now + years * 365 * 24 * HOUR).toUTCString();

  it.each([
    ...absurd.map((header) => [header, () => header] as const),
    ["in 30 years", decades(30)] as const,
  ])("%s makes neither this refresh fail nor the next", async (_, header) => {
    let date: DateHeader = honest;
    const { client, skews } = await clocksApart(0, (now) => date(now));
    await client.signIn();
    date = header;
    await client.getAccessToken({ forceRefresh: true });
    // The next answers do not say what time it is.
    date = () => undefined;
    for (let turn = 0; turn < 3; turn++) await client.getAccessToken({ forceRefresh: true });
    expect(client.getState()).not.toHaveProperty("degraded");
    expect(skews()).toEqual([]);
  });

  it("leaves what was measured before as it was", async () => {
    let date: DateHeader = honest;
    const { client, skews } = await clocksApart(10 * MINUTE, (now) => date(now));
    await client.signIn();
    date = () => absurd[0];
    await client.getAccessToken({ forceRefresh: true });
    expect(client.getState()).not.toHaveProperty("degraded");
    expect(skews()).toHaveLength(1);
  });

  it("is not that of a server which is right while this machine has lost its time; that one is told by its century", async () => {
    const clock = createFakeClock(Date.UTC(1970, 0, 1, 0, 5));
    const serverNow = (): number => Date.UTC(2027) + clock.elapsed();
    const server = await createFakeServer({ clock: { ...clock, now: serverNow } });
    let date: DateHeader = honest;
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const answer = await server.fetch(input, init);
      answer.headers.set("date", date(serverNow()) ?? "");
      return answer;
    };
    const { client } = await arrange({ clock, server: { ...server, fetch } });
    expect(await client.signIn()).toMatchObject({ subject: "ada" });
    date = () => absurd[0];
    await client.getAccessToken({ forceRefresh: true });
    expect(client.getState()).not.toHaveProperty("degraded");
  });
});

it("a clock that is set right is believed again, and told of when it is wrong again", async () => {
  const { client, skews, setApart, claim, inSeconds } = await clocksApart(10 * MINUTE);
  claim({ exp: inSeconds() + 3600 });
  await client.signIn();
  expect(skews()).toHaveLength(1);
  setApart(0);
  await client.getAccessToken({ forceRefresh: true });
  expect(skews()).toHaveLength(1);
  setApart(10 * MINUTE);
  await client.getAccessToken({ forceRefresh: true });
  expect(skews()).toHaveLength(2);
});

// A redirect that a person pastes, because their browser is on another machine: judged like one that came by itself.
import { createPerson } from "@loopkey/example-identity-provider";
import { describe, expect, it } from "vitest";
import { isListening, redirectOf } from "./support/redirect.js";
import { BROWSER_TRAIL, createWorld, deviceOf, expectNothingLeft, type World } from "./support/signing-in.js";

interface Waiting extends World {
  readonly url: string;
  readonly signingIn: Promise<unknown>;
  /** What the person would paste: the address that their browser could not open. */
  readonly finish: () => Promise<string>;
}

async function wait(): Promise<Waiting> {
  const world = await createWorld({ features: { deviceCode: { intervalSeconds: 1 } } });
  const signingIn = world.begin({ openBrowser: false });
  const url = await world.authorizationUrl();
  return { ...world, url, signingIn, finish: () => world.person.follow(url) };
}

function expectWaiting({ client, trail }: Waiting): void {
  expect(client.getState()).toMatchObject({ status: "awaiting-callback", step: "waiting" });
  expect(trail).toEqual(BROWSER_TRAIL.slice(0, 2));
}

const refused = (message: string) =>
  expect.objectContaining({
    code: "invalid_response",
    detail: "redirect",
    message,
    hint: expect.any(String),
  });

const OF_ANOTHER = "This address is cut off, or belongs to another sign-in.";

describe("a pasted redirect", () => {
  it("signs in, and the port is closed", async () => {
    const world = await wait();
    world.client.submitRedirect(await world.finish());
    expect(await world.signingIn).toMatchObject({ subject: "account-ada" });
    expect((await world.client.fetch(world.server.apiUrl)).status).toBe(200);
    expect(world.trail).toEqual(BROWSER_TRAIL);
    expect(await isListening(redirectOf(world.url, {}))).toBe(false);
    await expectNothingLeft(world);
  });

  it("with a wrong state is refused, and the right one after it signs in", async () => {
    const world = await wait();
    const right = await world.finish();
    const wrong = new URL(right);
    wrong.searchParams.set("state", "forged");
    expect(() => world.client.submitRedirect(wrong.href)).toThrow(refused(OF_ANOTHER));
    wrong.searchParams.delete("state");
    expect(() => world.client.submitRedirect(wrong.href)).toThrow(refused(OF_ANOTHER));
    expectWaiting(world);
    world.client.submitRedirect(right);
    expect(await world.signingIn).toMatchObject({ subject: "account-ada" });
    expect(world.trail).toEqual(BROWSER_TRAIL);
    await expectNothingLeft(world);
  });

  it("of an earlier attempt is refused, and stays out of the error", async () => {
    const world = await wait();
    const earlier = await world.finish();
    world.client.cancel();
    await expect(world.signingIn).rejects.toMatchObject({ code: "cancelled" });
    const signingIn = world.begin({ openBrowser: false });
    const url = await world.authorizationUrl();
    const error = thrownBy(() => world.client.submitRedirect(earlier));
    // The port is another one now, or the state is: either way it is not this sign-in's.
    expect(error).toMatchObject({ code: "invalid_response" });
    const code = new URL(earlier).searchParams.get("code")!;
    expect(JSON.stringify([error, (error as Error).message, String((error as Error).cause)])).not.toContain(
      code,
    );
    world.client.submitRedirect(await world.person.follow(url));
    expect(await signingIn).toMatchObject({ subject: "account-ada" });
  });

  it.each([
    ["what is no address", () => "code=1234", "This is not an address."],
    ["nothing", () => "", "This is not an address."],
    ["the server's address", ({ url }: Waiting) => url, "This is not the address that the sign-in ends at."],
    [
      "an address of another host",
      ({ url }: Waiting) => `https://example.com/callback${redirectOf(url, { code: "1234" }).search}`,
      "This is not the address that the sign-in ends at.",
    ],
    [
      "a forged refusal",
      ({ url }: Waiting) => {
        const redirect = redirectOf(url, { error: "access_denied" });
        redirect.searchParams.set("state", "forged");
        return redirect.href;
      },
      OF_ANOTHER,
    ],
  ] as const)("that is %s is refused, and the wait goes on", async (_, paste, message) => {
    const world = await wait();
    expect(() => world.client.submitRedirect(paste(world))).toThrow(refused(message));
    expectWaiting(world);
    world.client.submitRedirect(await world.finish());
    expect(await world.signingIn).toMatchObject({ subject: "account-ada" });
  });

  it("as people copy it, with spaces, quotes or a line break around it, is taken", async () => {
    const world = await wait();
    world.client.submitRedirect(` "${await world.finish()}"\n`);
    expect(await world.signingIn).toMatchObject({ subject: "account-ada" });
  });

  it("that says no ends the sign-in", async () => {
    const world = await wait();
    world.client.submitRedirect(await world.person.follow(world.url, { decision: "deny" }));
    await expect(world.signingIn).rejects.toMatchObject({ code: "access_denied" });
    expect(world.trail).toEqual([...BROWSER_TRAIL.slice(0, 2), "idle"]);
    await expectNothingLeft(world);
  });

  it("from another server is refused (RFC 9207)", async () => {
    const world = await wait();
    const redirect = new URL(await world.finish());
    redirect.searchParams.set("iss", "https://evil.example");
    world.client.submitRedirect(redirect.href);
    await expect(world.signingIn).rejects.toMatchObject({
      code: "invalid_response",
      detail: "iss",
      message: expect.stringContaining("https://evil.example"),
    });
    expect(world.server.paths()).not.toContain("/oauth/token");
  });

  it("is taken while a device code is shown too", async () => {
    const world = await wait();
    world.client.useDeviceCode();
    await deviceOf(world);
    expect(world.client.getState().can).toContain("submitRedirect");
    world.client.submitRedirect(await world.finish());
    expect(await world.signingIn).toMatchObject({ subject: "account-ada" });
    await expectNothingLeft(world);
  });

  it("a second time is refused: no sign-in is waiting any more", async () => {
    const world = await wait();
    const redirect = await world.finish();
    world.client.submitRedirect(redirect);
    await world.signingIn;
    expect(() => world.client.submitRedirect(redirect)).toThrow(
      refused("No sign-in is waiting for a redirect."),
    );
    expect(world.client.getState().status).toBe("authenticated");
  });

  it("and the same one at the port: the first that comes counts, the code is redeemed once", async () => {
    const world = await wait();
    const redirect = await world.finish();
    world.client.submitRedirect(redirect);
    await fetch(redirect).catch(() => {});
    await world.signingIn;
    expect(world.server.paths().filter((path) => path === "/oauth/token")).toHaveLength(1);
    expect((await world.client.fetch(world.server.apiUrl)).status).toBe(200);
  });
});

it("in a step-up is of the same person, and the session of before stays until then", async () => {
  const world = await createWorld({ features: { stepUp: {} } });
  await world.signIn();
  const signingIn = world.begin({ acrValues: ["urn:example:acr:two-steps"], openBrowser: false });
  const url = await world.authorizationUrl();
  expect(world.client.getState()).toMatchObject({ base: { subject: "account-ada" } });
  world.client.submitRedirect(await createPerson(world.server.account).follow(url));
  expect(await signingIn).toMatchObject({ subject: "account-ada" });
});

function thrownBy(call: () => void): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("Nothing was thrown.");
}

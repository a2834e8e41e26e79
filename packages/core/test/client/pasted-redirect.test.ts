// A redirect that is pasted in, with the same checks as one that a browser brings.
import { describe, expect, it } from "vitest";
import { arrange, errorOf, reached, signedIn, type World } from "../support/world.js";

async function waiting(options: Parameters<typeof arrange>[0] = {}) {
  const world = await arrange({ person: () => {}, ...options });
  const done = world.client.signIn();
  done.catch(() => {});
  const state = await reached(world.client, (each) => "step" in each && each.step === "waiting");
  if (state.status !== "awaiting-callback") throw new Error("It does not wait");
  return { world, done, url: state.url!, redirect: () => new URL(world.server.authorize(state.url!)) };
}

function refusalOf({ client }: World, pasted: string): { code: string; message: string; hint: string } {
  try {
    client.submitRedirect(pasted);
  } catch (error) {
    return error as { code: string; message: string; hint: string };
  }
  throw new Error("It was taken");
}

describe("a pasted redirect", () => {
  it("signs in, and the listener that waited for it is gone", async () => {
    const { world, done, redirect } = await waiting();
    expect(world.client.getState().can).toContain("submitRedirect");
    world.client.submitRedirect(redirect().href);
    expect(world.client.getState()).toMatchObject({ status: "exchanging" });
    expect(await done).toMatchObject({ subject: "ada" });
    expect(world.ports.listener.isListening).toBe(false);
    expect(world.client.getState().can).not.toContain("submitRedirect");
    expect(world.server.violations).toEqual([]);
  });

  it.each([
    ["a line break", (url: string) => `\n  ${url}\r\n`],
    ["double quotes", (url: string) => `"${url}"`],
    ["angle brackets", (url: string) => `<${url}>`],
  ])("is taken with %s around it", async (_, wrap) => {
    const { world, done, redirect } = await waiting();
    world.client.submitRedirect(wrap(redirect().href));
    expect((await done).subject).toBe("ada");
  });

  it.each<[string, (url: URL) => void, RegExp]>([
    ["another state", (url) => url.searchParams.set("state", "another"), /another sign-in/],
    ["no state", (url) => url.searchParams.delete("state"), /another sign-in/],
    [
      "the state twice",
      (url) => url.searchParams.append("state", url.searchParams.get("state")!),
      /another sign-in/,
    ],
    ["another port", (url) => void (url.port = "1"), /not the address/],
    ["another path", (url) => void (url.pathname = "/other"), /not the address/],
    ["another host", (url) => void (url.hostname = "localhost"), /not the address/],
  ])("with %s is refused with what to do, and the wait goes on", async (_, change, why) => {
    const { world, done, redirect } = await waiting();
    const wrong = redirect();
    change(wrong);
    const error = refusalOf(world, wrong.href);
    expect(error).toMatchObject({ code: "invalid_response", message: expect.stringMatching(why) });
    expect(error.hint).toBeTruthy();
    for (const secret of world.server.secrets) expect(JSON.stringify(error)).not.toContain(secret);
    expect(world.client.getState()).toMatchObject({ step: "waiting" });
    expect(world.server.requests.map(({ path }) => path)).not.toContain("/token");
    world.client.submitRedirect(redirect().href);
    expect((await done).subject).toBe("ada");
  });

  const names = { metadata: { authorization_response_iss_parameter_supported: true } };
  it.each<[string, object, (url: URL) => void]>([
    ["a code", {}, (url) => url.searchParams.delete("code")],
    ["a code that is not empty", {}, (url) => url.searchParams.set("code", "")],
    ["all of its issuer", {}, (url) => url.searchParams.set("iss", "https://id.ex")],
    ["the issuer that the server says it sends", names, (url) => url.searchParams.delete("iss")],
  ])("that has lost its end, without %s, is refused, and the wait goes on", async (_, serverOptions, cut) => {
    const { world, done, redirect } = await waiting({ serverOptions });
    const short = redirect();
    cut(short);
    expect(refusalOf(world, short.href)).toMatchObject({
      code: "invalid_response",
      message: "This address is cut off.",
      hint: expect.stringMatching(/all of it/),
    });
    expect(world.client.getState()).toMatchObject({ step: "waiting" });
    world.client.submitRedirect(redirect().href);
    expect((await done).subject).toBe("ada");
  });

  it.each([["the sign-in page's own address"], ["words"], [""]])("that is %s is refused", async (pasted) => {
    const { world, url } = await waiting();
    expect(refusalOf(world, pasted === "the sign-in page's own address" ? url : pasted).code).toBe(
      "invalid_response",
    );
    expect(refusalOf(world, undefined as unknown as string).code).toBe("invalid_response");
  });

  it("with another issuer ends the sign-in, as one from a browser does (RFC 9207)", async () => {
    const { world, done, redirect } = await waiting();
    const mixedUp = redirect();
    mixedUp.searchParams.set("iss", "https://evil.example");
    world.client.submitRedirect(mixedUp.href);
    expect(await errorOf(done)).toMatchObject({
      code: "invalid_response",
      detail: "iss",
      message: "The redirect is of the server https://evil.example, not of https://id.example.",
    });
    expect(world.server.requests.map(({ path }) => path)).not.toContain("/token");
  });

  it("that says no is access_denied", async () => {
    const { world, done, url } = await waiting();
    world.client.submitRedirect(world.server.authorize(url, "deny"));
    expect(await errorOf(done)).toMatchObject({ code: "access_denied" });
  });

  it("works beside a device code, and stops the polling", async () => {
    const { world, done, redirect } = await waiting({ serverOptions: { offers: ["device"] } });
    world.client.useDeviceCode();
    await reached(world.client, (state) => "device" in state);
    world.client.submitRedirect(redirect().href);
    expect((await done).subject).toBe("ada");
    expect(world.clock.armed).toBe(1);
  });

  it("when none is waited for is refused", async () => {
    const { client } = await signedIn();
    expect(() => client.submitRedirect("http://127.0.0.1:50000/callback?code=c&state=s")).toThrow(
      expect.objectContaining({ code: "invalid_response", message: "No sign-in is waiting for a redirect." }),
    );
    const byCode = await arrange({ serverOptions: { offers: ["device"] } });
    void byCode.client.signIn({ flow: "device" }).catch(() => {});
    await reached(byCode.client, (state) => "device" in state);
    expect(() => byCode.client.submitRedirect("http://127.0.0.1:50000/callback")).toThrow(
      expect.objectContaining({ code: "invalid_response" }),
    );
  });
});

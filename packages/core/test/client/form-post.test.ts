// A redirect that the browser posts (OAuth 2.0 Form Post Response Mode): only in the sign-ins that asked for it.
import { describe, expect, it } from "vitest";
import type { AuthError } from "../../src/index.js";
import { arrange, codeOf, is, quiet, reached, signedIn, type World } from "../support/world.js";

const config = { responseMode: "form_post" } as const;

/** Waiting for a person who does nothing. */
async function waiting(
  more: object = {},
): Promise<{ world: World; signingIn: Promise<unknown>; url: string }> {
  const world = await arrange({ person: () => {}, serverOptions: { offers: ["device"] }, ...more }, config);
  const signingIn = world.client.signIn();
  signingIn.catch(() => {});
  const state = await reached(world.client, (each) => is("awaiting-callback")(each) && "url" in each);
  return { world, signingIn, url: state.status === "awaiting-callback" ? state.url! : "" };
}

describe("responseMode form_post", () => {
  it("asks for it, and signs in by what the browser posts", async () => {
    const world = await signedIn({}, config);
    expect(world.server.authorizations[0]?.get("response_mode")).toBe("form_post");
    expect(world.server.violations).toEqual([]);
    expect(world.notices).toEqual([]);
  });

  it("is pushed with the request too", async () => {
    const world = await signedIn({ serverOptions: { offers: ["par"] } }, { ...config, par: "always" });
    expect(world.server.authorizations[0]?.get("response_mode")).toBe("form_post");
  });

  it("is not asked for by default, and a form is refused then", async () => {
    const world = await arrange({ person: () => {} });
    const signingIn = world.client.signIn();
    const state = await reached(world.client, (each) => "url" in each);
    const back = world.server.authorize(state.status === "awaiting-callback" ? state.url! : "");
    expect(world.server.authorizations[0]?.has("response_mode")).toBe(false);
    expect(await world.ports.listener.post(back)).toBe(405);
    void world.ports.listener.visit(back);
    await signingIn;
  });

  it("refuses an address, a form of another page, and goes on to the right one", async () => {
    const { world, signingIn, url } = await waiting();
    const { listener } = world.ports;
    const back = world.server.authorize(url);
    expect(await listener.visit(back)).toBe(405);
    const forged = new URL(back);
    forged.searchParams.set("code", "evil");
    for (const state of ["guess", ""]) {
      forged.searchParams.set("state", state);
      expect(await listener.post(forged.href)).toBe(400);
    }
    void listener.post(back);
    await signingIn;
    expect(world.notices.map(({ detail }) => detail?.split(":")[0])).toEqual([
      "wrong_method",
      "wrong_state",
      "wrong_state",
    ]);
    expect(world.server.violations).toEqual([]);
  });

  it("takes no pasted address, says why, and goes on waiting", async () => {
    const { world, url } = await waiting();
    expect(world.client.getState().can).not.toContain("submitRedirect");
    const back = world.server.authorize(url);
    try {
      world.client.submitRedirect(back);
      throw new Error("It was taken");
    } catch (error) {
      expect(error).toMatchObject({ code: "invalid_response", detail: "redirect" });
      expect((error as AuthError).message).toMatch(/a form that the browser posts/);
    }
    expect(world.client.getState().status).toBe("awaiting-callback");
    world.client.cancel();
  });

  it("has no device flow: not chosen, not on the way, not when no browser opens", async () => {
    const { world } = await waiting();
    expect(() => world.client.useDeviceCode()).toThrow(/form_post" there is no device flow/);
    expect(world.client.getState().can).not.toContain("useDeviceCode");
    world.client.cancel();
    expect(await codeOf(world.client.signIn({ flow: "device" }))).toBe("invalid_config");
    const person = (): never => {
      throw new Error("no browser");
    };
    const { world: without } = await waiting({ person });
    await quiet();
    expect(without.client.getState()).toMatchObject({ step: "waiting", browser: "failed" });
    without.client.cancel();
  });
});

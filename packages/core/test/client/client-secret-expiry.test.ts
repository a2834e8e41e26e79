// A client's secret that ends (RFC 7591 3.2.1): known of the session, said in time, and never a reason to lose the session.
import { describe, expect, it } from "vitest";
import {
  arrange,
  DAY,
  degradedOf,
  errorOf,
  HOUR,
  pass,
  restarted,
  signedIn,
  type World,
} from "../support/world.js";

const SECRET = "hush-hush";
const options = { serverOptions: { clientAuth: { secret: SECRET } } };
const END = Date.now() + 10 * DAY;
const day = new Date(END).toISOString().slice(0, 10);

function started(): Promise<World> {
  return arrange(options, { clientSecret: SECRET, clientSecretExpiresAt: END });
}

const endOf = ({ client }: World): number | undefined => {
  const state = client.getState();
  return "session" in state ? state.session.clientSecretExpiresAt : undefined;
};

describe("the end of a client's secret", () => {
  it("is kept with the session, through refreshes, for a process that is not given it", async () => {
    const first = await started();
    await first.client.signIn();
    expect(endOf(first)).toBe(END);
    const second = await restarted(first);
    await second.client.getAccessToken({ forceRefresh: true });
    expect(endOf(second)).toBe(END);
    expect(JSON.parse(first.store.record!)).toMatchObject({ clientSecretExpiresAt: END });
  });

  it("goes with its secret: one that is configured without an end has none", async () => {
    const first = await started();
    await first.client.signIn();
    const second = await restarted(first, { clientSecret: SECRET });
    await second.client.getAccessToken({ forceRefresh: true });
    expect(endOf(second)).toBeUndefined();
  });

  it.each(["configured", "kept"])("of a %s one, once past, is said before a browser opens", async (where) => {
    const first = await started();
    await first.client.signIn();
    const world = where === "kept" ? await restarted(first) : first;
    await world.client.ready();
    const opened = world.ports.opened.length;
    world.clock.set(END);
    const error = await errorOf(world.client.signIn());
    expect(error).toMatchObject({
      code: "invalid_config",
      detail: "clientSecretExpiresAt",
      message: `The client's secret ended on ${day}.`,
      hint: "Register the client again, and give the new secret.",
    });
    expect(world.ports.opened).toHaveLength(opened);
    expect(world.store.record).toBeDefined();
  });

  it("does not keep a sign-in with a new one: that one is kept, with its own end", async () => {
    const first = await started();
    await first.client.signIn();
    first.clock.set(END);
    const second = await restarted(first, { clientSecret: SECRET, clientSecretExpiresAt: END + DAY });
    await second.client.signIn();
    expect(endOf(second)).toBe(END + DAY);
  });

  it("explains why the server refuses the client at a refresh; nothing is deleted, and a new secret goes on", async () => {
    const world = await signedIn(options, {
      clientSecret: SECRET,
      clientSecretExpiresAt: Date.now() + HOUR / 2,
    });
    world.server.intercept = ({ path }) =>
      path === "/token" ? Response.json({ error: "invalid_client" }, { status: 401 }) : undefined;
    await pass(world, HOUR);
    expect(degradedOf(world.client.getState())).toMatchObject({
      code: "authorization_failed",
      hint: expect.stringMatching(
        /^The client's secret ended on \d{4}-\d\d-\d\d\. Register the client again/,
      ),
    });
    expect(world.store.record).toBeDefined();
    const second = await restarted(world, { clientSecret: SECRET });
    world.server.intercept = undefined;
    await second.client.getAccessToken({ forceRefresh: true });
    expect(world.server.violations).toEqual([]);
  });

  it("explains no refusal before it has come, and no other one", async () => {
    const ends = (clientSecretExpiresAt: number) => ({ clientSecret: SECRET, clientSecretExpiresAt });
    const early = await signedIn(options, ends(Date.now() + DAY));
    early.server.intercept = ({ path }) =>
      path === "/token" ? Response.json({ error: "invalid_client" }, { status: 401 }) : undefined;
    await pass(early, HOUR);
    expect(degradedOf(early.client.getState())!.hint).not.toContain("ended");
    const other = await signedIn(options, ends(Date.now() + HOUR / 2));
    other.server.intercept = ({ path }) =>
      path === "/token" ? Response.json({ error: "invalid_scope" }, { status: 400 }) : undefined;
    await pass(other, HOUR);
    expect(degradedOf(other.client.getState())!.hint).not.toContain("ended");
  });
});

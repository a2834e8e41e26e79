// What apps test their sign-in with: answers that are lost or late, clocks that differ, and persons of all kinds.
import { expect, it } from "vitest";
import { createAuthClient, type Notice } from "../../src/index.js";
import {
  approves,
  comesBackLate,
  comesBackTwice,
  createFakeClock,
  createFakePorts,
  createFakeServer,
  denies,
  hasNoBrowser,
  neverReturns,
  reached,
  startIn,
  type FakePerson,
  type FakeServerOptions,
} from "../../src/testing/index.js";

async function arrange(person?: FakePerson, more: Partial<FakeServerOptions> = {}) {
  const clock = createFakeClock();
  const server = await createFakeServer({ clock, ...more });
  const notices: Notice[] = [];
  const client = createAuthClient(
    { issuer: server.issuer, clientId: "app", onNotice: (notice) => void notices.push(notice) },
    createFakePorts({ clock, server, ...(person && { person }) }),
  );
  await client.ready();
  return { client, clock, server, notices };
}

it("an answer that is lost has been given: the server has spent the refresh token", async () => {
  const { client, clock, server } = await startIn("authenticated");
  server.script = [{ at: "refresh", is: "lost" }];
  void client.getAccessToken({ forceRefresh: true }).catch(() => {});
  await reached(client, (state) => state.status === "refreshing" && "degraded" in state);
  await clock.advance(1_000);
  await reached(client, (state) => state.status === "logged-out" && state.reason.code === "answer_lost");
  expect(server.script).toEqual([]);
});

it("the second answer is lost, where the script lets the first one through", async () => {
  const { client, server } = await startIn("authenticated");
  server.script = [
    { at: "refresh", is: "as usual" },
    { at: "refresh", is: "lost" },
  ];
  await client.getAccessToken({ forceRefresh: true });
  void client.getAccessToken({ forceRefresh: true }).catch(() => {});
  await reached(client, (state) => "degraded" in state);
});

it("an answer that is late is taken when it comes in time, and not waited for any longer", async () => {
  const { client, clock, server } = await arrange();
  server.script = [{ at: "code", is: "late", afterMs: 20_000 }];
  const signedIn = client.signIn();
  await reached(client, ({ status }) => status === "exchanging");
  await clock.advance(0); // the server has been asked
  await clock.advance(19_000);
  expect(client.getState().status).toBe("exchanging");
  await clock.advance(1_000);
  expect((await signedIn).subject).toBe("ada");

  server.script = [{ at: "code", is: "silent" }];
  const failed = expect(client.signIn()).rejects.toMatchObject({ code: "temporarily_unavailable" });
  await reached(client, ({ status }) => status === "exchanging");
  await clock.advance(0);
  await clock.advance(30_000);
  await failed;
});

it.each([-45_000, 45_000])(
  "a clock that differs by %i ms signs nobody out, and is told of",
  async (clockAheadMs) => {
    const { client, notices } = await arrange(undefined, { clockAheadMs });
    expect((await client.signIn()).subject).toBe("ada");
    await client.getAccessToken({ forceRefresh: true });
    expect(notices.map(({ code }) => code)).toContain("clock_skew");
  },
);

it("a person approves, or denies", async () => {
  const approved = await arrange(approves);
  expect((await approved.client.signIn()).subject).toBe("ada");
  const denied = await arrange(denies);
  await expect(denied.client.signIn()).rejects.toMatchObject({ code: "access_denied" });
});

it("a person never returns: the wait ends in time", async () => {
  const { client, clock } = await arrange(neverReturns);
  const failed = expect(client.signIn()).rejects.toMatchObject({ code: "timed_out" });
  await reached(client, (state) => "browser" in state && state.browser === "opened");
  await clock.advance(300_000);
  await failed;
});

it("a person comes back late, and in time", async () => {
  const clock = createFakeClock();
  const server = await createFakeServer({ clock });
  const client = createAuthClient(
    { issuer: server.issuer, clientId: "app" },
    createFakePorts({ clock, server, person: comesBackLate(clock, 200_000) }),
  );
  const signedIn = client.signIn();
  await reached(client, (state) => "browser" in state && state.browser === "opened");
  await clock.advance(200_000);
  expect((await signedIn).subject).toBe("ada");
});

it("a browser that comes back twice signs in once", async () => {
  const { client, server } = await arrange(comesBackTwice);
  await client.signIn();
  expect(server.requests.filter(({ path }) => path === "/token")).toHaveLength(1);
  expect(server.violations).toEqual([]);
});

it("where no browser opens, the address is to be shown", async () => {
  const { client } = await arrange(hasNoBrowser);
  void client.signIn().catch(() => {});
  const state = await reached(client, (next) => "browser" in next && next.browser === "failed");
  expect(state).toHaveProperty("url");
  await client.close();
});

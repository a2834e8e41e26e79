// One session through a day: what a person would never notice, and a server operator would.
import { expect, it } from "vitest";
import {
  degradedOf,
  HOUR,
  isDegraded,
  MINUTE,
  pass,
  refreshes,
  SECOND,
  signedIn,
  type World,
} from "../support/world.js";

it("a day with a night's sleep, an outage and a server restart is one session, with no needless request", async () => {
  const world = await signedIn();
  const { client, clock, server, states } = world;
  const startedAt = clock.now();
  const at = (): number => clock.now() - startedAt;
  const requests = (path: string): number =>
    server.requests.filter((request) => request.path === path).length;

  // Morning, six hours. Each token is renewed 55 minutes after it was asked for: at 0:55, 1:50 ... 5:30.
  await live(world, 6 * HOUR);
  expect(refreshes(world)).toHaveLength(6);

  // The network is gone from 6:00 to 8:00. The token of 5:30 is due at 6:25 and good until 6:30.
  const notFound = Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" });
  server.intercept = () => Promise.reject(new TypeError("fetch failed", { cause: notFound }));
  await live(world, 25 * MINUTE);
  expect(isDegraded(client.getState())).toBe(true);
  await live(world, 4 * MINUTE);
  const outage = await live(world, 91 * MINUTE);
  expect(outage.refused).toBeGreaterThan(0);
  expect(at()).toBe(8 * HOUR);
  // The try at 6:25 reaches for the token endpoint. Those 1, 3, 7 ... 255 s after it look for the path first: eight, and the last
  // goes on without it, since the token has less than a minute left. From
  // 6:30 on the discovery document of 5:30 is an hour old and is looked for before that: tries 511 s after 6:25 and every
  // 300 s until 8:00 are requests for it.
  expect(refreshes(world)).toHaveLength(6 + 2);
  const triesForDiscovery = Math.ceil((95 * 60 - 511) / 300);
  const retryAt = degradedOf(client.getState())!.nextRetryAt!;
  expect(retryAt - startedAt).toBe(6 * HOUR + 25 * MINUTE + (511 + triesForDiscovery * 300) * SECOND);

  // It is back: the next try succeeds, nobody did anything.
  server.intercept = undefined;
  const recovery = await live(world, 5 * MINUTE);
  expect(recovery.served).toBe(1);
  expect(isDegraded(client.getState())).toBe(false);
  expect(refreshes(world)).toHaveLength(6 + 2 + 1);

  // The afternoon, until the next refresh is due: the server restarts just then and answers 503 for 20 seconds.
  await live(world, retryAt + 55 * MINUTE - clock.now() - 10 * SECOND);
  server.intercept = () => new Response(null, { status: 503 });
  await live(world, 20 * SECOND);
  server.intercept = undefined;
  await live(world, 10 * SECOND);
  // 0, 1, 3 and 7 seconds after it was due in vain, and 15 seconds after it: the grant is still good.
  expect(refreshes(world)).toHaveLength(9 + 4 + 1);
  expect(isDegraded(client.getState())).toBe(false);

  // The lid is closed for eight hours, ten minutes later.
  await live(world, 10 * MINUTE);
  clock.sleep(8 * HOUR);
  client.wake();
  const [a, b] = await Promise.all([client.getAccessToken(), client.getAccessToken()]);
  expect(a).toBe(b);
  expect(refreshes(world)).toHaveLength(14 + 1);

  // And on until it is 24 hours: every 55 minutes again.
  const left = 24 * HOUR - at();
  await live(world, left);
  expect(at()).toBe(24 * HOUR);
  expect(refreshes(world)).toHaveLength(15 + Math.floor(left / (55 * MINUTE)));

  expect(requests("/authorize")).toBe(0);
  expect(requests("/token") - refreshes(world).length, "one sign-in").toBe(1);
  expect(server.reuses).toBe(0);
  const session = new Set(states.flatMap((state) => ("session" in state ? [state.session.subject] : [])));
  expect(session).toEqual(new Set(["ada"]));
  expect(
    states.slice(states.findIndex(({ status }) => status === "authenticated")).map(({ status }) => status),
  ).not.toContain("logged-out");
  expect(JSON.parse(world.store.record!)).toMatchObject({ generation: 1 + succeeded(world) });
  // At most one an hour: what was found lives an hour, and is looked for only when there is a refresh.
  // Eight looks in the outage, one when it is over, one after the night: the path was in doubt.
  const documents = requests("/.well-known/openid-configuration") - triesForDiscovery - 10;
  expect(documents).toBeLessThanOrEqual(succeeded(world) / 2 + 2);
  expect(requests("/jwks"), "keys once for each document").toBeLessThanOrEqual(documents);
});

/** Every refresh but the two of the outage and the four of the restart. */
function succeeded(world: World): number {
  return refreshes(world).length - 2 - 4;
}

/** Lets time pass while the app asks for a token every five minutes; each that is given is good at the API. */
async function live(world: World, ms: number): Promise<{ served: number; refused: number }> {
  const { client, clock, server } = world;
  const counts = { served: 0, refused: 0 };
  for (let left = ms; left > 0; left -= 5 * MINUTE) {
    await pass(world, Math.min(left, 5 * MINUTE));
    const before = refreshes(world).length;
    const token = await client.getAccessToken().catch((error: unknown) => error);
    if (typeof token === "string") {
      counts.served++;
      const state = client.getState();
      expect("session" in state && state.session.accessTokenExpiresAt).toBeGreaterThan(clock.now());
    } else {
      counts.refused++;
      expect(token).toMatchObject({ code: "temporarily_unavailable", retryable: true });
    }
    expect(refreshes(world), "asking costs no request").toHaveLength(before);
    expect(server.reuses).toBe(0);
  }
  return counts;
}

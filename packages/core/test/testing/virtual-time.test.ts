// Virtual time passes only when the server is not at work: a healthy one is never too slow, however far the clock is advanced.
import { afterEach, expect, it, vi } from "vitest";
import { quiet, SECOND, signedIn } from "../support/world.js";

afterEach(() => {
  vi.restoreAllMocks();
});

/** As on a busy machine: signing an ID token takes many turns of the event loop. */
function slowSignatures(): void {
  const sign = crypto.subtle.sign.bind(crypto.subtle);
  vi.spyOn(crypto.subtle, "sign").mockImplementation(async (...of) => {
    await quiet();
    return sign(...of);
  });
}

it.each([
  [400 * SECOND, 1],
  [50 * SECOND, 8],
  [SECOND, 400],
])(
  "a clock that is advanced by %i ms, %i times, ends no session and spends no token twice",
  async (step, times) => {
    slowSignatures();
    const { client, clock, notices, server } = await signedIn({ serverOptions: { accessTokenSeconds: 60 } });
    // oxlint-disable-next-line no-await-in-loop
    for (let time = 0; time < times; time++) await clock.advance(step);
    await quiet();
    expect(notices).toEqual([]);
    expect([server.reuses, server.violations]).toEqual([0, []]);
    expect(["authenticated", "refreshing"]).toContain(client.getState().status);
  },
);

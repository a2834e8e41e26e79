// What each command of the binary asks of the server and of the keyring, seen from there: requests on real sockets, calls on
// the bus. More than the budget fails with what was asked.
import { afterAll, beforeAll, expect, test } from "vitest";
import { watchKeyring, type KeyringCalls, type KeyringMonitor } from "../src/counting/keyring-calls.js";
import { mustRun } from "../src/run/command.js";
import { BINARY, missing, useStage } from "./support.js";

type Requests = Readonly<Record<string, number>>;

interface Work {
  readonly requests: Requests;
  readonly keyring: KeyringCalls;
}

const METADATA = "/.well-known/openid-configuration";

/** In the order in which they are run. */
const BUDGETS: Readonly<Record<string, Work>> = {
  login: {
    requests: { [METADATA]: 1, "/authorize": 1, "/token": 1, "/jwks": 1 },
    keyring: { openings: 2, reads: 1, writes: 2, deletions: 1 },
  },
  status: { requests: {}, keyring: { openings: 1, reads: 1, writes: 0, deletions: 0 } },
  token: {
    requests: { "/token": 1 },
    keyring: { openings: 1, reads: 2, writes: 1, deletions: 0 },
  },
  whoami: {
    requests: { "/token": 1, "/userinfo": 1 },
    keyring: { openings: 1, reads: 2, writes: 1, deletions: 0 },
  },
  doctor: {
    requests: { [METADATA]: 2, "/jwks": 1 },
    keyring: { openings: 1, reads: 1, writes: 1, deletions: 1 },
  },
  logout: {
    requests: { [METADATA]: 1, "/revoke": 1 },
    // Written over before it is deleted: what some keyrings keep of it is no secret then.
    keyring: { openings: 1, reads: 3, writes: 11, deletions: 1 },
  },
};

const stage = useStage();
let monitor: KeyringMonitor | undefined;
beforeAll(async () => {
  if (missing === undefined) monitor = await watchKeyring(stage().world.env);
});
afterAll(() => monitor?.stop());

test.each(Object.keys(BUDGETS))(
  "`loopkey %s` asks server and keyring no more often than its budget",
  async (name) => {
    const { world, place, signIn } = stage();
    const { lasting } = place;
    if (name !== "login") await signIn();
    await Promise.all([lasting.traffic(), monitor!.calls()]);

    if (name === "login") await signIn();
    else await mustRun(process.execPath, [BINARY, name], world.env);

    const { requests } = await lasting.traffic();
    const calls = await monitor!.calls();
    const budget = BUDGETS[name]!;
    for (const [path, count] of Object.entries(requests))
      expect
        .soft(count, `requests to ${path}, of ${JSON.stringify(requests)}`)
        .toBeLessThanOrEqual(budget.requests[path] ?? 0);
    for (const kind of ["openings", "reads", "writes", "deletions"] as const)
      expect
        .soft(calls[kind], `${kind} of the keyring, of ${JSON.stringify(calls)}`)
        .toBeLessThanOrEqual(budget.keyring[kind]);
  },
);

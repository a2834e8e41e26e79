// pnpm torture:network: a dozen processes refresh at a server that rotates, and revokes on replay, while a proxy loses their
// requests and the answers to them in every way it knows; beside each a client that just tries again. With a grace at the server
// no session may be lost to what breaks; without, exactly those whose answer was made and lost, and nothing is ever sent on a
// connection from before a sleep. Prints what happened; exits with 1
// when something did not hold.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startIdentityProvider } from "@loopkey/example-identity-provider";
import { positive } from "./figures.js";
import { startAccount, type NetworkAccount } from "./network-account.js";
import { formatNetworkReport, judge, type NetworkRun } from "./network-report.js";
import { WAYS, type Way } from "./network-ways.js";

const GRACE_SECONDS = 10;

const { values } = parseArgs({
  options: {
    /** Of each client, in each way, with and without a grace. */
    losses: { type: "string", default: "200" },
    /** Half of them at a server with a grace, half at one without. */
    processes: { type: "string", default: "12" },
  },
});
const losses = Math.ceil(positive("losses", values.losses));
const eachHalf = Math.ceil(positive("processes", values.processes) / 2);

/** Dealt out in turn, so that at any moment the processes meet with different ones. */
function deal(): readonly (readonly Way[])[] {
  const all = Array.from({ length: losses }, () => WAYS).flat();
  return Array.from({ length: eachHalf }, (_, n) => all.filter((_way, at) => at % eachHalf === n));
}

async function run(graceSeconds: number, env: NodeJS.ProcessEnv): Promise<NetworkRun> {
  const violations: string[] = [];
  await using server = await startIdentityProvider({
    refreshGraceSeconds: graceSeconds,
    onEvent: (event) => {
      if (event.type === "server-error") violations.push(`the server failed: ${event.error.message}`);
    },
  });
  const dealt = deal();
  const accounts: NetworkAccount[] = [];
  // Two at a time: a herd of new processes would be slower than their limits.
  for (let n = 0; n < dealt.length; n += 2) {
    const pair = [n, n + 1].filter((each) => each < dealt.length);
    const starting = pair.map((each) =>
      startAccount({ server, profile: `grace-${graceSeconds}-${each}`, env }),
    );
    // oxlint-disable-next-line no-await-in-loop
    accounts.push(...(await Promise.all(starting)));
  }
  const reports = await Promise.all(accounts.map((account, n) => account.torture(dealt[n]!)));
  const rounds = reports.flatMap((report) => report.rounds);
  violations.push(...reports.flatMap((report) => report.violations), ...judge(graceSeconds, rounds));
  return { graceSeconds, rounds, violations };
}

const folder = await mkdtemp(join(tmpdir(), "loopkey-torture-"));
try {
  const env = { ...process.env, XDG_STATE_HOME: folder };
  const begin = performance.now();
  const runs = await Promise.all([run(GRACE_SECONDS, env), run(0, env)]);
  const seconds = (performance.now() - begin) / 1_000;
  process.stdout.write(formatNetworkReport(runs, { processes: 2 * eachHalf, seconds }));
  process.exitCode = runs.every(({ violations }) => violations.length === 0) ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
}

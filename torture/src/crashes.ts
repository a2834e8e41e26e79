// pnpm torture:crashes: an app is killed (SIGKILL) in the middle of its refresh, at random moments and at every step that
// can be named. The next start must find a whole record, and the session in it, unless the server had spent the old
// refresh token and the new one was not saved yet: then the note beside the lock must have said so. Prints what happened; exits with 1 when something did not hold.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { torture, type AccountReport } from "./crashes-account.js";
import { FILE_STEPS, HALTS, PLACE_HALTS, type Moment } from "./crashes-moments.js";
import { formatCrashesReport } from "./crashes-report.js";
import { positive } from "./figures.js";
import { openKeyringSession } from "./keyring-session.js";

const FILE_MOMENTS: readonly Moment[] = [
  ...HALTS,
  ...PLACE_HALTS,
  ...FILE_STEPS.map((step): Moment => `the save: before "${step}"`),
];
// Its steps are the keyring's own: they are met at random.
const KEYRING_MOMENTS: readonly Moment[] = [...HALTS, ...repeated("in the save, at random", 8)];
/** Of all rounds, at moments that nobody chose; fewer where there would be none left for one that has a name. */
const RANDOM_PART = 0.5;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "600" },
    /** Of them, with the keyring; 0: without one. */
    keyring: { type: "string", default: "300" },
  },
});
const rounds = Math.ceil(positive("rounds", values.rounds));
const keyringRounds = Math.min(
  rounds,
  values.keyring === "0" ? 0 : Math.ceil(positive("keyring", values.keyring)),
);

function repeated(moment: Moment, times: number): readonly Moment[] {
  return Array.from({ length: times }, () => moment);
}

function plan(named: readonly Moment[], count: number): readonly Moment[] {
  const random = Math.min(Math.round(count * RANDOM_PART), Math.max(0, count - named.length));
  return Array.from({ length: count }, (_, n) =>
    n < random ? "at random" : named[(n - random) % named.length]!,
  );
}

async function tortureKeyring(env: NodeJS.ProcessEnv): Promise<readonly AccountReport[]> {
  if (keyringRounds === 0) return [];
  const session = await openKeyringSession();
  try {
    await session.start("unlocked");
    const common = { env: { ...session.env, ...env } };
    const inOne = Math.floor(keyringRounds / 2);
    const inParts = keyringRounds - inOne;
    return [
      await torture({ ...common, store: "keyring", moments: plan(KEYRING_MOMENTS, inOne) }),
      await torture({ ...common, store: "keyring in small parts", moments: plan(KEYRING_MOMENTS, inParts) }),
    ];
  } finally {
    await session.close();
  }
}

async function tortureFile(env: NodeJS.ProcessEnv): Promise<readonly AccountReport[]> {
  const moments = plan(FILE_MOMENTS, rounds - keyringRounds);
  return [await torture({ store: "encrypted-file", moments, env: { ...process.env, ...env } })];
}

const folder = await mkdtemp(join(tmpdir(), "loopkey-torture-"));
// Read here too: the lock is looked for in the same place.
process.env["XDG_STATE_HOME"] = folder;
try {
  const env = { XDG_STATE_HOME: folder };
  const begin = performance.now();
  const reports = (await Promise.all([tortureFile(env), tortureKeyring(env)])).flat();
  process.stdout.write(formatCrashesReport(reports, (performance.now() - begin) / 1_000));
  const played = reports.reduce((sum, { rounds }) => sum + rounds.length, 0);
  const isGood = reports.every(({ violations }) => violations.length === 0) && played === rounds;
  process.exitCode = isGood ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
}

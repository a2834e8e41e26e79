// pnpm bench [part ...]: Loopkey side by side with what people use today. Prints tables; with --save they and all values
// are written to docs/performance.md and docs/performance.json, the other parts there staying as they are.
import { parseArgs } from "node:util";
import { calls, refresh, signIn } from "./parts/warm.js";
import { commands } from "./parts/commands.js";
import { measureInstalls } from "./parts/install.js";
import { loading } from "./parts/loading.js";
import { memory } from "./parts/memory.js";
import { processes } from "./parts/processes.js";
import type { Part } from "./parts/part.js";
import { describeMachine } from "./run/machine.js";
import { mergeResults, readSaved, save } from "./run/saved.js";
import type { Install, Results, Row, Transport } from "./run/results.js";
import { formatResults } from "./run/tables.js";
import { whatIsMissing } from "./world/missing.js";
import { findNodes } from "./world/nodes.js";
import { createWorld } from "./world/world.js";

const PARTS: Readonly<Record<string, Part>> = {
  commands,
  loading,
  refresh,
  "sign-in": signIn,
  calls,
  processes,
  memory,
};
const INSTALL = "install";
const ALL = [...Object.keys(PARTS), INSTALL];
const TRANSPORTS: readonly Transport[] = ["http", "TLS, 50 ms"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "25" },
    bursts: { type: "string", default: "1000,2000,4000,10000" },
    save: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const unknown = positionals.find((name) => !ALL.includes(name));
if (unknown !== undefined) throw new TypeError(`There is no part "${unknown}". There are ${ALL.join(", ")}.`);
if (!Number.isInteger(rounds) || rounds < 1) throw new TypeError("--rounds takes a whole number above 0.");
const bursts = values.bursts.split(",").map(Number);
if (!bursts.every((count) => Number.isInteger(count) && count > 0))
  throw new TypeError("--bursts takes whole numbers above 0, with commas between.");
const missing = whatIsMissing();
if (missing !== undefined) throw new Error(`The benchmarks cannot run here. ${missing}`);

const wanted = positionals.length > 0 ? positionals : ALL;
const nodes = findNodes();
const rows: Row[] = [];
let installs: readonly Install[] = [];
const world = await createWorld(TRANSPORTS);
// The keyring and its bus would stay.
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void world.close().finally(() => process.exit(1)));
try {
  for (const name of wanted) {
    const say = (text: string): void => void process.stderr.write(`${name}: ${text}\n`);
    const part = PARTS[name];
    // oxlint-disable-next-line no-await-in-loop
    if (part) rows.push(...(await part({ world, nodes, rounds, bursts, say })));
    // oxlint-disable-next-line no-await-in-loop
    else installs = await measureInstalls(say);
  }
} finally {
  await world.close();
}
const results: Results = { ...describeMachine(nodes), rows, installs };
process.stdout.write(formatResults(results));
if (values.save) await save(mergeResults(await readSaved(), results));

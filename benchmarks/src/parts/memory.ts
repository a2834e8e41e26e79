// A thousand clients in one process, beyond the first.
import { fileURLToPath } from "node:url";
import { FLOOR, LOOPKEY } from "../contenders/index.js";
import { mustRun } from "../run/command.js";
import { runRounds } from "../run/rounds.js";
import { makeRow, type Part } from "./part.js";

const PROGRAM = fileURLToPath(new URL("../../dist/programs/memory.js", import.meta.url));
const ABLE: Readonly<Record<string, string>> = {
  [LOOPKEY]: "loopkey",
  [FLOOR]: "hand-written",
  "openid-client": "openid-client",
  "google-auth-library": "google",
  "MSAL Node": "msal",
};

export const memory: Part = async ({ world, nodes, rounds, say }) => {
  const { issuer } = world.places[0]!.lasting;
  const made = nodes.map(({ version, path }) => {
    const head = { part: "memory", unit: "MB", node: version, base: FLOOR } as const;
    const whole = makeRow({ ...head, title: "1,000 clients beyond the first, whole process" });
    const heap = makeRow({ ...head, title: "1,000 clients beyond the first, heap" });
    const cells = Object.entries(ABLE).map(([name, key]) => ({
      name: `${name}, memory on ${version}`,
      async run(round: number) {
        const { stdout } = await mustRun(path, ["--expose-gc", PROGRAM, key, issuer], world.env);
        const { rssMb, heapMb } = JSON.parse(stdout) as { rssMb: number; heapMb: number };
        whole.add(name, round, rssMb);
        heap.add(name, round, heapMb);
      },
    }));
    return { rows: [whole, heap], cells };
  });
  await runRounds(
    rounds,
    made.flatMap(({ cells }) => cells),
    say,
  );
  return made.flatMap(({ rows }) => rows.map((row) => row.finish()));
};

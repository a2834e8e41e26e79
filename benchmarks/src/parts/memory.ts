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

/**
 * A thousand sign-ins one after the other make V8 let its young generation grow to its full size, by tens of megabytes, once for the
 * process: with this it does not, and what is left are the clients.
 */
const YOUNG = "--max-semi-space-size=1";

export const memory: Part = async ({ world, nodes, rounds, say }) => {
  const { issuer } = world.places[0]!.lasting;
  const made = nodes.map(({ version, path }) => {
    const head = { part: "memory", unit: "MB", node: version, base: FLOOR } as const;
    const whole = makeRow({ ...head, title: "1,000 clients beyond the first, whole process" });
    const heap = makeRow({ ...head, title: "1,000 clients beyond the first, heap" });
    const small = makeRow({
      ...head,
      title: "1,000 clients beyond the first, whole process, young generation of 1 MB",
    });
    const cells = Object.entries(ABLE).map(([name, key]) => ({
      name: `${name}, memory on ${version}`,
      async run(round: number) {
        const measured = async (...flags: readonly string[]) => {
          const args = ["--expose-gc", ...flags, PROGRAM, key, issuer];
          const { stdout } = await mustRun(path, args, world.env);
          return JSON.parse(stdout) as { readonly rssMb: number; readonly heapMb: number };
        };
        const { rssMb, heapMb } = await measured();
        whole.add(name, round, rssMb);
        heap.add(name, round, heapMb);
        small.add(name, round, (await measured(YOUNG)).rssMb);
      },
    }));
    return { rows: [whole, small, heap], cells };
  });
  await runRounds(
    rounds,
    made.flatMap(({ cells }) => cells),
    say,
  );
  return made.flatMap(({ rows }) => rows.map((row) => row.finish()));
};

// Eight commands at the same time, one session, a server that ends it when a refresh token comes twice.
import { CONTENDERS, FLOOR, type Contender } from "../contenders/index.js";
import { runCommand } from "../run/command.js";
import { runRounds, type Cell } from "../run/rounds.js";
import { signInFor, type SignedIn } from "../world/sessions.js";
import { makeRow, type Part } from "./part.js";

const PROCESSES = 8;

export const processes: Part = async ({ world, nodes, rounds, say }) => {
  const [place] = world.places;
  const { expiring, transport } = place!;
  const able = CONTENDERS.filter(({ token }) => token !== undefined);
  const signInAgain = (contender: Contender): Promise<SignedIn> =>
    signInFor(world, contender, expiring.issuer, "shared");
  const sessions = new Map<string, SignedIn>();
  // oxlint-disable-next-line no-await-in-loop
  for (const contender of able) sessions.set(contender.name, await signInAgain(contender));

  const made = nodes.map(({ version, path }) => {
    const title = `${PROCESSES} processes, one session, until the last has ended`;
    const row = makeRow({ part: "processes", title, unit: "ms", node: version, transport, base: FLOOR });
    const cells = able.map((contender): Cell => {
      const { name, shared } = contender;
      return {
        name: `${name}, ${PROCESSES} processes on ${version}`,
        async run(round) {
          const { args } = sessions.get(name)!;
          const command = shared === undefined ? args : [shared, ...args.slice(1)];
          const before = (await expiring.traffic()).ended;
          const begin = performance.now();
          const ends = await Promise.all(
            Array.from({ length: PROCESSES }, () => runCommand(path, command, world.env)),
          );
          row.add(name, round, performance.now() - begin);
          const served = ends.filter(({ code, stdout }) => code === 0 && stdout.startsWith("at.")).length;
          const isLost = (await expiring.traffic()).ended > before;
          row.see(name, round, `${served} served, session ${isLost ? "lost" : "alive"}`);
          if (isLost) await signInAgain(contender);
        },
      };
    });
    return { row, cells };
  });
  await runRounds(
    rounds,
    made.flatMap(({ cells }) => cells),
    say,
  );
  return made.map(({ row }) => row.finish());
};

// In a process that is warm: one refresh, a sign-in, and calls by the thousand on an expired token.
import { CONTENDERS, FLOOR, FLOOR_FETCH, type Contender } from "../contenders/index.js";
import { runRounds, type Cell } from "../run/rounds.js";
import { startWarm, type WarmWorker } from "../run/worker.js";
import type { NodeVersion } from "../world/nodes.js";
import type { Place } from "../world/world.js";
import { makeRow, type Part, type PartContext, type RowInMaking } from "./part.js";

/** Loopkey's requests go over the runtime's fetch. */
const SAME_TRANSPORT = FLOOR_FETCH;
/** A refresh takes about a millisecond: one value is the middle of some. */
const REFRESHES = 10;

interface Warm {
  readonly contender: Contender;
  readonly worker: WarmWorker;
}

type CellsOf = (all: readonly Warm[], head: Head, rows: RowInMaking[], bursts: readonly number[]) => Cell[];
type Head = Pick<Parameters<typeof makeRow>[0], "node" | "transport">;

const warmPart =
  (cellsOf: CellsOf, isAble: (contender: Contender) => boolean, isEverywhere: boolean): Part =>
  async (context) => {
    const rows: RowInMaking[] = [];
    const { world, nodes } = context;
    const places = isEverywhere ? world.places : world.places.slice(0, 1);
    const groups = places.flatMap((place) => nodes.map((node) => ({ place, node })));
    // Version by version: a thousand idle connections and twenty idle processes would be part of what is measured.
    for (const { place, node } of groups) {
      // oxlint-disable-next-line no-await-in-loop
      await measured(context, node, place, isAble, cellsOf, rows);
    }
    return rows.map((row) => row.finish());
  };

async function measured(
  { world, rounds, bursts, say }: PartContext,
  node: NodeVersion,
  place: Place,
  isAble: (contender: Contender) => boolean,
  cellsOf: CellsOf,
  rows: RowInMaking[],
): Promise<void> {
  const able = CONTENDERS.filter((each) => each.warm && isAble(each));
  const all = await Promise.all(
    able.map(async (contender) => ({ contender, worker: await startWarm(world, node, place, contender) })),
  );
  const head = { node: node.version, transport: place.transport };
  try {
    await runRounds(rounds, cellsOf(all, head, rows, bursts), say);
  } finally {
    await Promise.all(all.map(({ worker }) => worker.stop()));
  }
}

export const refresh = warmPart(
  (all, head, rows) => {
    const row = makeRow({
      ...head,
      part: "refresh",
      title: "refresh, warm",
      unit: "ms",
      base: SAME_TRANSPORT,
    });
    rows.push(row);
    return all.map(({ contender: { name }, worker }) => ({
      name: `${name}, refresh`,
      async run(round) {
        let sum = 0;
        for (let n = 0; n < REFRESHES; n++) {
          // oxlint-disable-next-line no-await-in-loop
          sum += (await worker.ask({ do: "calls", count: 1 })).wholeMs;
        }
        row.add(name, round, sum / REFRESHES);
      },
    }));
  },
  () => true,
  true,
);

export const signIn = warmPart(
  (all, head, rows) => {
    const common = { ...head, part: "sign-in", unit: "ms", base: SAME_TRANSPORT } as const;
    const whole = makeRow({ ...common, title: "sign-in, whole" });
    const fromRedirect = makeRow({ ...common, title: "sign-in, from the redirect to the tokens" });
    rows.push(whole, fromRedirect);
    return all.map(({ contender: { name }, worker }) => ({
      name: `${name}, sign-in`,
      async run(round) {
        const { wholeMs, fromRedirectMs } = await worker.ask({ do: "sign in" });
        whole.add(name, round, wholeMs);
        fromRedirect.add(name, round, fromRedirectMs!);
      },
    }));
  },
  () => true,
  true,
);

export const calls = warmPart(
  (all, head, rows, bursts) =>
    bursts.flatMap((count) => {
      const title = `${count.toLocaleString("en")} calls on an expired token`;
      const row = makeRow({ ...head, part: "calls", title, unit: "ms", base: SAME_TRANSPORT });
      rows.push(row);
      return all.map(({ contender: { name }, worker }) => ({
        name: `${name}, ${title}`,
        async run(round) {
          const begin = performance.now();
          const answer = await worker.ask({ do: "calls", count }).catch((error: Error) => error);
          const isFailure = answer instanceof Error;
          // Who fails is shown with how long that took.
          if (isFailure) row.see(name, round, `failed: ${answer.message}`);
          row.add(name, round, isFailure ? performance.now() - begin : answer.wholeMs);
        },
      }));
    }),
  // Who has no such thing sends a thousand requests, and a server that rotates ends the session.
  ({ sharesRefresh, name }) => sharesRefresh === true && name !== FLOOR,
  false,
);

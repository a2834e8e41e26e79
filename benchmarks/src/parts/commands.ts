// Whole commands that print a token: with one request, and with a token that was kept; and how they end.
import { CONTENDERS, FLOOR, type Contender } from "../contenders/index.js";
import { mustRunTimed } from "../run/command.js";
import { runRounds, type Cell } from "../run/rounds.js";
import type { Row } from "../run/results.js";
import type { Traffic } from "../server/server.js";
import { signInFor } from "../world/sessions.js";
import type { Place } from "../world/world.js";
import { makeRow, type Part, type PartContext, type RowInMaking } from "./part.js";

export const commands: Part = async (context) => {
  const rows: RowInMaking[] = [];
  const cells: Cell[] = [];
  for (const place of context.world.places) {
    // oxlint-disable-next-line no-await-in-loop
    cells.push(...(await printing(context, place, rows)));
    // A kept token asks no network: one place tells all.
    // oxlint-disable-next-line no-await-in-loop
    if (place === context.world.places[0]) cells.push(...(await printingKept(context, place, rows)));
  }
  await runRounds(context.rounds, cells, context.say);
  return rows.map((row): Row => row.finish());
};

async function printing(
  { world, nodes }: PartContext,
  { transport, expiring }: Place,
  rows: RowInMaking[],
): Promise<Cell[]> {
  const able = CONTENDERS.filter(({ token }) => token !== undefined);
  const sessions = await signInAll(able, (each) => signInFor(world, each, expiring.issuer, "print"));
  return nodes.flatMap(({ version, path }) => {
    const head = { part: "commands", unit: "ms", node: version, transport, base: FLOOR } as const;
    const whole = makeRow({ ...head, title: "print token, whole command" });
    const end = makeRow({ ...head, title: "print token, from the last output to the end of the process" });
    const processor = makeRow({ ...head, title: "print token, processor time" });
    rows.push(whole, processor, end);
    return able.map(({ name }) => ({
      name: `${name} on ${version}, ${transport}`,
      async run(round) {
        await expiring.traffic();
        const { wholeMs, processorMs, endMs, stdout } = await mustRunTimed(
          path,
          sessions.get(name)!.args,
          world.env,
        );
        if (!/^at\.\w+\n$/.test(stdout)) throw new Error(`It printed no token: ${JSON.stringify(stdout)}`);
        const traffic = await expiring.traffic();
        if (!traffic.requests["/token"]) throw new Error("It did not refresh.");
        whole.add(name, round, wholeMs);
        whole.see(name, round, describe(traffic));
        processor.add(name, round, processorMs);
        end.add(name, round, endMs);
      },
    }));
  });
}

async function printingKept(
  { world, nodes }: PartContext,
  { lasting }: Place,
  rows: RowInMaking[],
): Promise<Cell[]> {
  const able = CONTENDERS.filter(({ kept }) => kept !== undefined);
  const sessions = await signInAll(able, (each) => signInFor(world, each, lasting.issuer, "kept"));
  return nodes.flatMap(({ version, path }) => {
    const head = { part: "commands", unit: "ms", node: version, base: FLOOR } as const;
    const row = makeRow({ ...head, title: "print token, kept in the keyring, whole command" });
    const processor = makeRow({ ...head, title: "print token, kept in the keyring, processor time" });
    rows.push(row, processor);
    return able.map(({ name, kept }) => ({
      name: `${name} with a kept token on ${version}`,
      async run(round) {
        await lasting.traffic();
        const args = [...sessions.get(name)!.args, ...kept!];
        const { wholeMs, processorMs } = await mustRunTimed(path, args, world.env);
        const traffic = await lasting.traffic();
        if (traffic.requests["/token"]) throw new Error("It refreshed.");
        row.add(name, round, wholeMs);
        processor.add(name, round, processorMs);
        row.see(name, round, describe(traffic));
      },
    }));
  });
}

/** One after the other: they have one keyring. */
async function signInAll<T>(
  contenders: readonly Contender[],
  signIn: (contender: Contender) => Promise<T>,
): Promise<ReadonlyMap<string, T>> {
  const all = new Map<string, T>();
  // oxlint-disable-next-line no-await-in-loop
  for (const each of contenders) all.set(each.name, await signIn(each));
  return all;
}

function describe({ connections, requests }: Traffic): string {
  const asked = Object.values(requests).reduce((sum, each) => sum + each, 0);
  return `${count(asked, "request")}, ${count(connections, "connection")}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

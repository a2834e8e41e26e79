// Which mutants are made: all of a file's, or as many as there is time for, by a seed. Prints them as Stryker takes them.
//   node choose.mjs INSTRUMENTER SEED COUNT FILE...      (run by the Node that Stryker needs)
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const [instrumenter, seed, count, ...files] = process.argv.slice(2);
const { Instrumenter } = await import(instrumenter);

const silent = () => {};
const log = { debug: silent, info: silent, warn: silent, isDebugEnabled: () => false };
const contents = files.map((name) => ({ name, mutate: true, content: readFileSync(name, "utf8") }));
const options = { plugins: null, excludedMutations: [], ignorers: [] };
const { mutants } = await new Instrumenter(log).instrument(contents, options);

const chosen = [];
const made = new Set();
for (const mutant of mutants.toSorted((a, b) => drawn(a).localeCompare(drawn(b)))) {
  // Stryker takes a place in a file, with all that lies in it.
  const others = mutants.filter((other) => !made.has(other) && liesIn(other, mutant));
  if (others.length === 0 || made.size + others.length > Number(count)) continue;
  others.forEach((other) => made.add(other));
  chosen.push(mutant);
}
process.stdout.write(JSON.stringify({ of: mutants.length, count: made.size, places: chosen.map(placeOf) }));

function drawn({ fileName, id }) {
  return createHash("sha256").update(`${seed} ${fileName} ${id}`).digest("hex");
}

function liesIn({ fileName, location: { start, end } }, outer) {
  return (
    fileName === outer.fileName &&
    !isBefore(start, outer.location.start) &&
    !isBefore(outer.location.end, end)
  );
}

function isBefore(a, b) {
  return a.line < b.line || (a.line === b.line && a.column < b.column);
}

/** Lines are counted from 1 there, columns from 0. */
function placeOf({ fileName, location: { start, end } }) {
  return `${fileName}:${start.line + 1}:${start.column}-${end.line + 1}:${end.column}`;
}

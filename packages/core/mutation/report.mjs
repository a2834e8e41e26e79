// What mutants came to, in words.

const FOUND = ["Killed", "Timeout"];
const MISSED = ["Survived", "NoCoverage"];

export function tally(results) {
  const found = results.filter(({ status }) => FOUND.includes(status));
  const missed = results.filter(({ status }) => MISSED.includes(status));
  const judged = found.length + missed.length;
  return { judged, found: found.length, missed, score: judged === 0 ? 100 : (100 * found.length) / judged };
}

export function told({ judged, found, missed, score }, { of, isCutOff }) {
  const some = judged === of ? "" : ` of ${of}${isCutOff ? ", then the time was up" : ""}`;
  const survivors = missed
    .toSorted((a, b) => placeOf(a).localeCompare(placeOf(b), "en", { numeric: true }))
    .map((each) => `  ${placeOf(each)} ${each.mutatorName}: ${shown(each)}`);
  return [
    `${judged} mutants${some}: ${found} found out, ${missed.length} not (${score.toFixed(0)} %)`,
    ...survivors,
  ].join("\n");
}

function placeOf({ fileName, location: { start } }) {
  return `${fileName.replace(/.*\/src\//, "src/")}:${start.line}:${start.column}`;
}

function shown({ status, replacement = "", isStatic }) {
  const text = replacement.replaceAll(/\s+/g, " ").slice(0, 100);
  return `${text}${status === "NoCoverage" ? " (no test comes here)" : ""}${isStatic ? " (static)" : ""}`;
}

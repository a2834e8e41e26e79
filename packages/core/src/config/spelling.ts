// What somebody probably meant who wrote a name that is not known.

/** More mistakes than this are another word. */
const MOST_MISTAKES = 2;

/** The nearest name: `redirect_uri` is `redirectUris`, `clienId` is `clientId`; undefined where none is near. */
export function probably(name: string, known: readonly string[]): string | undefined {
  const written = plain(name);
  const far = MOST_MISTAKES + 1;
  const [nearest] = known
    .map((each) => ({ each, mistakes: mistakes(written, plain(each)) }))
    .filter(({ each, mistakes }) => mistakes < Math.min(far, Math.ceil(each.length / 2)))
    .toSorted((a, b) => a.mistakes - b.mistakes);
  return nearest?.each;
}

function plain(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, "")
    .slice(0, 80);
}

/** Letters to add, take away or change (Levenshtein). */
function mistakes(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length]!;
}

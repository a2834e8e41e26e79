// Looks for secrets in what processes have left where others can see it: as they are, and in disguise.

/** Something that somebody else could read. */
export interface Evidence {
  /** Such as "argv of the browser". */
  readonly where: string;
  /** Bytes are one character each. */
  readonly text: string;
}

export interface KnownSecret {
  readonly kind: string;
  readonly value: string;
}

/** Each as `<where>: <kind> (<form>)`, sorted, once. */
export function findSecrets(evidence: Iterable<Evidence>, secrets: Iterable<KnownSecret>): string[] {
  const found = new Set<string>();
  const needles = [...secrets].flatMap(({ kind, value }) =>
    [...formsOf(value)].map(([text, form]) => ({ text, name: `${kind} (${form})` })),
  );
  for (const { where, text } of evidence)
    for (const needle of needles) if (text.includes(needle.text)) found.add(`${where}: ${needle.name}`);
  return [...found].toSorted();
}

/** What to look for, and the name of that form. */
function formsOf(value: string): Map<string, string> {
  const forms = new Map<string, string>();
  const add = (text: string, form: string): void => void (forms.has(text) || forms.set(text, form));
  add(value, "plain");
  add(encodeURIComponent(value), "URL-encoded");
  for (const encoding of ["base64", "base64url"] as const)
    for (const before of [0, 1, 2]) add(encodedWithin(value, before, encoding), encoding);
  return forms;
}

/** How it looks in the encoding of something longer: `before` is how many bytes of its first three are not its own. */
function encodedWithin(value: string, before: number, encoding: "base64" | "base64url"): string {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(value)]);
  const text = bytes.toString(encoding).replace(/=+$/, "");
  // Characters that also hold bits of the bytes around it can be anything.
  return text.slice(before && before + 1, bytes.length % 3 === 0 ? undefined : -1);
}

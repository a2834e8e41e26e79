// Reads the tables of docs/security.md, and says what is wrong with a row.

/** `[name](file)`: a symbol or a test, and where it is. */
interface Named {
  readonly name: string;
  /** As it is linked to. */
  readonly file: string;
}

export interface Row {
  /** `RFC 8252 7.3`, one for each section; without a section where the row has none. */
  readonly specifications: readonly string[];
  readonly demanded: string;
  readonly code: readonly Named[];
  readonly tests: readonly Named[];
}

/** The text of a file that a row links to; undefined when there is none. */
export type ReadFile = (file: string) => string | undefined;

/** Every row of every table that has these four columns. */
export function readRows(markdown: string): readonly Row[] {
  const cells = markdown
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );
  const isRow = ([first = ""]: readonly string[]): boolean =>
    first !== "specification" && !/^[-:]*$/.test(first);
  return cells.filter(isRow).map(([specification = "", demanded = "", code = "", tests = ""]) => ({
    specifications: readSpecifications(specification),
    demanded,
    code: readLinks(code).map(({ name, file }) => ({ name: name.replaceAll("`", ""), file })),
    tests: readLinks(tests),
  }));
}

const SPECIFICATION = /^(?:(RFC \d+|\d{4}|OAuth 2\.1|OIDC [A-Z][A-Za-z -]*?)(?: |$))?(\d+(?:\.\d+)*)?$/;

/** "RFC 8252 8.10, 9700 4.4; RFC 9449" as each of them by itself, in full. */
export function readSpecifications(text: string): readonly string[] {
  let last = "";
  return text.split(/[,;] /).map((each) => {
    const [, name, section] = SPECIFICATION.exec(each) ?? [undefined, each, undefined];
    if (name !== undefined) last = /^\d/.test(name) ? `RFC ${name}` : name;
    return section === undefined ? last : `${last} ${section}`;
  });
}

/** What is wrong with a row: nothing when every code and every test that it names is there. */
export function faultsOf({ demanded, code, tests }: Row, read: ReadFile): readonly string[] {
  return [
    ...(demanded === "" ? ["It demands nothing."] : []),
    ...(code.length === 0 ? ["It names no code."] : []),
    ...(tests.length === 0 ? ["It names no test."] : []),
    ...code.filter(({ file }) => /[./]test[./]/.test(file)).map(({ file }) => `${file} is a test, no code.`),
    ...tests.filter(({ file }) => !file.endsWith(".test.ts")).map(({ file }) => `${file} is no test.`),
    ...code.flatMap((each) => missing(each, read, declares)),
    ...tests.flatMap((each) => missing(each, read, namesTest)),
  ];
}

function missing(
  { name, file }: Named,
  read: ReadFile,
  has: (source: string, name: string) => boolean,
): readonly string[] {
  const source = read(file);
  if (source === undefined) return [`There is no ${file}.`];
  return has(source, name) ? [] : [`"${name}" is not in ${file}.`];
}

/** Declared there, not merely used. */
function declares(source: string, name: string): boolean {
  return new RegExp(`^(?:export )?(?:async )?(?:function|const|class) ${name}\\b`, "m").test(source);
}

/** A whole string of the source: a title that has grown or shrunk is another test. */
function namesTest(source: string, name: string): boolean {
  return ['"', "'", "`"].some((quote) => source.includes(quote + name + quote));
}

export function readLinks(cell: string): readonly Named[] {
  return Array.from(cell.matchAll(/\[(.+?)\]\(([^()]+)\)/g), ([, name = "", file = ""]) => ({ name, file }));
}

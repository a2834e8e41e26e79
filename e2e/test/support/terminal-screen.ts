// What a terminal shows of the bytes it is sent: as many of its control sequences as the commands and a shell use.

export interface Screen {
  write(text: string): void;
  /** The rows, without what is blank at their ends. */
  rows(): readonly string[];
}

// oxlint-disable-next-line no-control-regex -- they are what it reads
const SEQUENCE = /\u001b\[(\??[\d;]*)([A-Za-z])|[^]/gu;

export function createScreen(columns: number): Screen {
  const rows: string[] = [""];
  let row = 0;
  let column = 0;

  function put(character: string): void {
    if (column === columns) down();
    const line = (rows[row] ?? "").padEnd(column);
    rows[row] = line.slice(0, column) + character + line.slice(column + 1);
    column += 1;
  }

  function down(): void {
    row += 1;
    column = 0;
    rows[row] ??= "";
  }

  const controls: Readonly<Record<string, (count: number) => void>> = {
    A: (count) => (row = Math.max(0, row - (count || 1))),
    C: (count) => (column = Math.min(columns, column + (count || 1))),
    G: (count) => (column = (count || 1) - 1),
    K: (count) => (rows[row] = count === 2 ? "" : (rows[row] ?? "").slice(0, column)),
    J: () => {
      rows[row] = (rows[row] ?? "").slice(0, column);
      rows.length = row + 1;
    },
    // Colours, the cursor's look, and how text is pasted change no letter.
    m: () => {},
    h: () => {},
    l: () => {},
  };

  return {
    write(text) {
      for (const [all, parameters, name] of text.matchAll(SEQUENCE)) {
        if (name !== undefined) {
          const control = controls[name];
          if (!control) throw new Error(`This terminal does not know ${JSON.stringify(all)}.`);
          control(Number.parseInt(parameters!, 10) || 0);
        } else if (all === "\n") down();
        else if (all === "\r") column = 0;
        else if (all === "\b") column = Math.max(0, column - 1);
        else if (all >= " ") put(all);
      }
    },
    rows: () => rows.map((each) => each.trimEnd()),
  };
}

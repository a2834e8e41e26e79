// What the tests ask a program to do, and how it answers: one argument in, lines of JSON out.

/** The order the program was started with. */
export function readOrder(): unknown {
  return JSON.parse(process.argv[2]!);
}

export function say(message: { readonly type: string } & Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

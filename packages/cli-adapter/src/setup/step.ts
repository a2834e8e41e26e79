// What a setup is made of. Each step keeps what is there, and is nothing where it has been done.
export type Step =
  /** The tool's own command; `isDone`: what is asked before, and whether its answer says that there is nothing to do. */
  | {
      readonly kind: "command";
      readonly command: readonly string[];
      readonly before?: { readonly command: readonly string[]; readonly isDone: (answer: string) => boolean };
    }
  /** A line, or a block, at the end of a file. `clash`: what must not be there already, with other words. */
  | { readonly kind: "text"; readonly path: string; readonly text: string; readonly clash: RegExp }
  /** A member of a JSON file. */
  | {
      readonly kind: "json";
      readonly path: string;
      readonly member: readonly string[];
      readonly value: string;
      /** Beside it, where the object is new. */
      readonly beside?: Readonly<Record<string, string>>;
    }
  /** A program that runs ours, for a tool that takes a path and no arguments. */
  | { readonly kind: "program"; readonly path: string; readonly command: readonly string[] };

export interface Plan {
  readonly steps: readonly Step[];
  /** What a person does next. */
  readonly next?: string;
}

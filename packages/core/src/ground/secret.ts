// A value that must not be seen: tokens, codes, verifiers. It shows in no log, JSON, inspection event or snapshot.

const SHOWN_AS = "[secret]";

/**
 * Holds a value that only {@link Secret.reveal} gives out. JSON, template strings, `util.inspect` and structured
 * clone show `[secret]` or nothing: a private field is in no enumeration.
 */
export class Secret<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The value itself. Whoever calls this answers for where it goes next. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return SHOWN_AS;
  }

  toJSON(): string {
    return SHOWN_AS;
  }

  // The registry symbol is Node's hook for util.inspect and console; naming it needs no Node import.
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return SHOWN_AS;
  }
}

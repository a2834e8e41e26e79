// Which machine this is: asked for once, and not waited for for long. Whose record is taken: `stored-record.ts`.
import type { AuthPorts } from "../ports/ports.js";

/** Longer than any system needs that answers at all. */
const LIMIT_MS = 5_000;

export interface ThisMachine {
  /** What is known by now; the first call asks. */
  readonly id: () => string | undefined;
  /** Resolves when it is known, or will not be: no reason not to go on. */
  readonly known: () => Promise<string | undefined>;
}

export function createThisMachine({
  machineId = () => undefined,
  clock,
}: Pick<AuthPorts, "machineId" | "clock">): ThisMachine {
  let id: string | undefined;
  let asking: Promise<string | undefined> | undefined;

  function ask(): Promise<string | undefined> {
    try {
      const answer = machineId();
      if (answer instanceof Promise) return inTime(answer);
      id = answer;
    } catch {
      // It does not know either.
    }
    return Promise.resolve(id);
  }

  function inTime(answer: Promise<string | undefined>): Promise<string | undefined> {
    return new Promise((resolve) => {
      const timer = clock.setTimeout(() => resolve(undefined), LIMIT_MS, { keepAlive: true });
      const settle = (given?: string): void => {
        clock.clearTimeout(timer);
        id = given;
        resolve(id);
      };
      answer.then(settle, () => settle());
    });
  }

  const known = (): Promise<string | undefined> => (asking ??= ask());
  return {
    id() {
      void known();
      return id;
    },
    known,
  };
}

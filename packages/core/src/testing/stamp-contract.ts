// What every stamp of a session must hold to, as cases for any test runner.
import type { SessionStamp } from "../ports/ports.js";
import type { ContractCase } from "./contract-case.js";

/**
 * What every {@link SessionStamp} must hold to. `create` gives two of the same app and account, as two processes would have
 * them, which nobody has renewed yet.
 */
export function stampContract(
  create: () => readonly [SessionStamp, SessionStamp] | Promise<readonly [SessionStamp, SessionStamp]>,
): readonly ContractCase[] {
  const contract = (name: string, run: (a: SessionStamp, b: SessionStamp) => void): ContractCase => ({
    name,
    run: async () => run(...(await create())),
  });
  return [
    contract("a stamp that nobody has renewed is the same at each look, for everybody", (a, b) => {
      same(a.read(), null);
      same(b.read(), null);
      same(a.read(), null);
    }),
    contract("a renewal is seen by both, and stays seen: to look changes nothing", (a, b) => {
      a.renew();
      const seen = b.read();
      another([null, seen]);
      same(b.read(), seen);
      same(a.read(), seen);
    }),
    contract("each renewal makes another one, however fast they follow each other", (a, b) => {
      const seen: (string | null)[] = [null];
      for (let turn = 0; turn < 20; turn++) {
        (turn % 2 === 0 ? a : b).renew();
        seen.push((turn % 3 === 0 ? a : b).read());
      }
      another(seen);
    }),
    contract("two renewals between two looks are no return to what was seen", (a, b) => {
      a.renew();
      const seen = a.read();
      b.renew();
      a.renew();
      another([seen, b.read()]);
    }),
  ];
}

function same(actual: string | null, expected: string | null): void {
  if (actual !== expected)
    throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
}

function another(stamps: readonly (string | null)[]): void {
  if (new Set(stamps).size !== stamps.length)
    throw new Error(`expected stamps that all differ, got ${JSON.stringify(stamps)}`);
}

// What every `fetch` must hold to, as cases for any test runner: over a server that the adapter brings, on real sockets.
import type { Fetch } from "../ports/ports.js";
import { equal, type ContractCase } from "./contract-case.js";
import { ANSWERS } from "./fetch-contract/answers.js";
import { BODIES } from "./fetch-contract/bodies.js";
import { ENDS } from "./fetch-contract/ends.js";
import { OWN_CONNECTION } from "./fetch-contract/own-connection.js";
import { REDIRECTS } from "./fetch-contract/redirects.js";
import type { FetchCase, ServeOrigin } from "./fetch-contract/wire.js";

/** A `fetch`, and a server for it. */
export interface FetchUnderTest {
  readonly fetch: Fetch;
  /** Starts an origin that `fetch` can reach and trusts, another one each time. */
  readonly serve: ServeOrigin;
}

/** What every {@link Fetch} must hold to when it is called. */
export function fetchContract(create: () => FetchUnderTest): readonly ContractCase[] {
  return casesOf([...ANSWERS, ...BODIES, ...REDIRECTS, ...ENDS], create);
}

/** What {@link Fetch.onOwnConnection} must hold to, where there is one. */
export function ownConnectionContract(create: () => FetchUnderTest): readonly ContractCase[] {
  const isThere: FetchCase = {
    name: "there is a way to a connection of its own",
    run: async ({ fetch }) => equal(typeof fetch.onOwnConnection, "function"),
  };
  return casesOf([isThere, ...OWN_CONNECTION], create);
}

function casesOf(cases: readonly FetchCase[], create: () => FetchUnderTest): ContractCase[] {
  return cases.map((one) => ({
    name: one.name,
    async run() {
      const { fetch, serve } = create();
      const closing: (() => Promise<void>)[] = [];
      try {
        await one.run({
          fetch,
          async serve(answer) {
            const origin = await serve(answer);
            closing.push(origin.close);
            return origin;
          },
        });
      } finally {
        await Promise.all(closing.map((close) => close()));
      }
    },
  }));
}

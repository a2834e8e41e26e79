// A look beside a state that goes on: the last one that was asked for counts.
import { describe, expect, it } from "vitest";
import { review } from "../../src/actors/inside/review.js";
import { defer, quiet } from "../support/world.js";

function begin() {
  const looks: { readonly found: ReturnType<typeof defer<string>>; readonly signal: AbortSignal }[] = [];
  const told: (string | undefined)[] = [];
  let givenUp = 0;
  let ask = (): void => {};
  const end = review<string>({
    receive: (listener) => (ask = listener),
    read(signal) {
      const found = defer<string>();
      looks.push({ found, signal });
      return found.promise;
    },
    tell: (found) => told.push(found),
    onGivenUp: () => void givenUp++,
  });
  return { ask: () => ask(), end, looks, told, givenUp: () => givenUp };
}

describe("a look", () => {
  it("tells what it has found, or that it has found out nothing", async () => {
    const { ask, looks, told, end, givenUp } = begin();
    ask();
    looks[0]!.found.resolve("theirs");
    await quiet();
    ask();
    looks[1]!.found.reject(new Error("The keyring is locked."));
    await quiet();
    expect(told).toEqual(["theirs", undefined]);
    end();
    expect(givenUp()).toBe(0);
  });

  it("that another takes the place of is ended, and tells nothing, whatever it finds and when", async () => {
    const { ask, looks, told } = begin();
    ask();
    ask();
    expect(looks.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    looks[1]!.found.resolve("newer");
    await quiet();
    looks[0]!.found.resolve("older");
    await quiet();
    expect(told).toEqual(["newer"]);
  });

  it("that is under way when the state is left is ended, said to be given up, and tells nothing", async () => {
    const { ask, looks, told, end, givenUp } = begin();
    ask();
    end();
    expect(looks[0]!.signal.aborted).toBe(true);
    expect(givenUp()).toBe(1);
    looks[0]!.found.resolve("too late");
    await quiet();
    expect(told).toEqual([]);
  });
});

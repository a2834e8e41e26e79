// How `torture:network` judges a run in which not every round came about: figures of a machine that was busy must not decide.
import { expect, test } from "vitest";
import { judge } from "../../torture/dist/network-report.js";
import { WAYS } from "../../torture/dist/network-ways.js";

type Round = Parameters<typeof judge>[1][number];

const [way] = WAYS.filter(({ name }) => name === "reset before the answer");

/** So many rounds in which the answer was lost, and so many sessions lost to that. */
function rounds(client: Round["client"], all: number, over: number, more: Partial<Round> = {}): Round[] {
  return Array.from({ length: all }, (_, n): Round => {
    const outcome = n < over ? "answer_lost" : "kept";
    return { way: way!, client, wasMet: true, wasLost: true, wasLate: false, outcome, ...more };
  });
}

test("two clients that lose each session whose answer was lost are alike, however many rounds each has had", () => {
  expect(judge(0, [...rounds("loopkey", 200, 200), ...rounds("retrier", 198, 198)])).toEqual([]);
  expect(judge(0, [...rounds("loopkey", 198, 198), ...rounds("retrier", 200, 200)])).toEqual([]);
});

test("one that loses a larger share is worse, also with fewer sessions lost", () => {
  const worse = ["reset before the answer: more sessions lost than by trying again"];
  const silent = rounds("loopkey", 100, 60).map((each) => ({ ...each, wasLost: each.outcome !== "kept" }));
  expect(judge(0, [...silent, ...rounds("retrier", 200, 100)])).toEqual(worse);
  expect(judge(0, [...silent, ...rounds("retrier", 200, 120)])).toEqual([]);
});

test("a round that a limit decided, and a way that the other has not met with, say nothing of who is worse", () => {
  const late = rounds("retrier", 50, 0, { wasLate: true });
  expect(judge(0, [...rounds("loopkey", 10, 10), ...rounds("retrier", 10, 10), ...late])).toEqual([]);
  expect(judge(0, rounds("loopkey", 10, 10))).toEqual([]);
});

// The main journey of an app (e2e/programs/journey.ts), on whatever runs it: three processes, one session.
import { expect } from "vitest";
import type { JourneyOrder } from "../../programs/journey.js";
import type { End, Person } from "./loopkey-journey.js";

/** Runs the program with this argument. */
export type RunJourney = (order: string) => Promise<End>;

export function orderOf(
  { server }: Person,
  store: JourneyOrder["store"],
  step: JourneyOrder["step"],
): string {
  const { issuer, clientId, apiUrl } = server;
  return JSON.stringify({ issuer, clientId, apiUrl, store, step } satisfies JourneyOrder);
}

/** Fails where one of its steps does not do what is promised. */
export async function expectAppJourney(
  run: RunJourney,
  person: Person,
  store: JourneyOrder["store"],
): Promise<void> {
  const linesOf = async (step: JourneyOrder["step"]) => {
    const end = await run(orderOf(person, store, step));
    expect(end).toMatchObject({ code: 0, stderr: "" });
    return jsonLines(end);
  };
  expect(await linesOf("sign-in")).toEqual([
    { type: "restored", status: "idle" },
    { type: "signed-in", subject: "account-ada" },
    { type: "called", status: 200 },
    { type: "refreshed", isNew: true },
  ]);
  expect((await person.reports.requested("/page")).body).toBe("You are signed in");
  expect(await linesOf("restart")).toEqual([
    { type: "restored", status: "refreshing" },
    { type: "called", status: 200 },
    { type: "refreshed", isNew: true },
  ]);
  expect((await linesOf("sign-out")).at(-1)).toEqual({
    type: "signed-out",
    result: { local: "done", revocation: "done", endSession: "skipped" },
  });
}

export function jsonLines({ stdout }: End): readonly Readonly<Record<string, unknown>>[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

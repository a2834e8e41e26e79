// @vitest-environment jsdom
// The page in jsdom: every public state and command of the machine, on what a person sees.
import { expect, it } from "vitest";
import { coverPage } from "./support/page-driver.js";

it(
  "the page shows every state as it is, and its test would notice if it did not",
  { timeout: 120_000 },
  async () => {
    const report = await coverPage();
    expect(report.verdict, report.table).toBe("passed");
  },
);

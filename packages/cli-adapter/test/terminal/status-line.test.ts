import { PassThrough } from "node:stream";
import { afterEach, expect, it, vi } from "vitest";
import { createStatusLine } from "../../src/terminal/inside/status-line.js";
import { createFakeIO } from "../support.js";

afterEach(() => vi.unstubAllEnvs());

/** A terminal that remembers what it was sent. */
function createTerminal() {
  const stream = Object.assign(new PassThrough(), {
    isTTY: true,
    columns: 80,
    cursorTo: () => true,
    moveCursor: () => true,
    clearLine: () => true,
  });
  const read = (): string => String(stream.read() ?? "");
  return { stream, read };
}

it("changes in place in a terminal, leaves signals alone, and gives the cursor back", async () => {
  vi.stubEnv("CI", undefined);
  vi.stubEnv("TERM", "xterm");
  const { stream, read } = createTerminal();
  const signals = process.listenerCount("SIGINT");
  const line = await createStatusLine({ ...createFakeIO(), stderr: stream, env: { TERM: "xterm" } });
  line.step("Opening");
  line.lines(["  https://id.example"]);
  line.update("Waiting, 4:59 left");
  expect(process.listenerCount("SIGINT")).toBe(signals);
  line.stop();
  const shown = read();
  for (const text of ["Opening", "  https://id.example\n", "Waiting, 4:59 left"])
    expect(shown).toContain(text);
  expect(shown.lastIndexOf("\u001b[?25h")).toBeGreaterThan(shown.lastIndexOf("\u001b[?25l"));
  line.stop();
  expect(read()).toBe("");
});

it.each([
  { what: "no terminal", isTTY: false, env: { TERM: "xterm" } },
  { what: "a dumb terminal", isTTY: true, env: { TERM: "dumb" } },
  { what: "CI", isTTY: true, env: { TERM: "xterm", CI: "true" } },
])("is one plain line for each step in $what", async ({ isTTY, env }) => {
  let written = "";
  const stderr = { isTTY, write: (text: string) => void (written += text) };
  const line = await createStatusLine({ ...createFakeIO(), stderr, env });
  line.step("Opening");
  line.update("Opening still");
  line.step("Waiting");
  line.stop();
  expect(written).toBe("Opening...\nWaiting...\n");
});

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

it.each([
  { env: { LANG: "de_DE.UTF-8" }, frame: "⠋" },
  { env: { LANG: "de_DE.UTF-8", LC_CTYPE: "de_DE.ISO-8859-1" }, frame: "-" },
  { env: { LC_CTYPE: "de_DE.ISO-8859-1", LC_ALL: "C.utf8" }, frame: "⠋" },
  { env: { LANG: "C" }, frame: "-" },
  { env: {}, frame: "-" },
])("turns in the locale's character set: $frame with $env", async ({ env, frame }) => {
  vi.stubEnv("CI", undefined);
  vi.stubEnv("TERM", "xterm");
  const { stream, read } = createTerminal();
  const line = await createStatusLine({ ...createFakeIO(), stderr: stream, env: { TERM: "xterm", ...env } });
  line.step("Opening");
  line.stop();
  const shown = read();
  expect(shown).toContain(frame);
  // oxlint-disable-next-line no-control-regex
  expect(/^[\x00-\x7f]*$/.test(shown)).toBe(frame === "-");
});

it.each([
  [80, "UTF-8", "Waiting for you in the browser, 4:59 left"],
  [44, "UTF-8", "Waiting for you in the browser, 4:59 left"],
  [43, "UTF-8", "Waiting for you in the brows…, 4:59 left"],
  [25, "UTF-8", "Waiting fo…, 4:59 left"],
  [25, "C", "Waiting f.., 4:59 left"],
  [10, "UTF-8", "Waiting"],
  [0, "UTF-8", "Waiting for you in the browser, 4:59 left"],
])("is one row in a window of %i columns (%s)", async (columns, locale, shown) => {
  vi.stubEnv("CI", undefined);
  vi.stubEnv("TERM", "xterm");
  const { stream, read } = createTerminal();
  Object.assign(stream, { columns });
  const io = { ...createFakeIO(), stderr: stream, env: { TERM: "xterm", LC_ALL: locale } };
  const line = await createStatusLine(io);
  line.step("Waiting for you in the browser, 4:59 left");
  expect(read()).toContain(` ${shown}\u001b[?2026l`);
  Object.assign(stream, { columns: 30 });
  stream.emit("resize");
  expect(read()).toMatch(/ Waiting for yo.*, 4:59 left/);
  line.stop();
  expect(stream.listenerCount("resize")).toBe(0);
});

it("is plain where the terminal is another job's, and steps aside when it is taken", async () => {
  vi.stubEnv("CI", undefined);
  vi.stubEnv("TERM", "xterm");
  const { stream, read } = createTerminal();
  let isOurs = false;
  let tell: (isOurs: boolean) => void = () => {};
  const foreground = {
    isOurs: () => isOurs,
    subscribe: (listener: typeof tell) => {
      tell = listener;
      return () => void (tell = () => {});
    },
  };
  const io = { ...createFakeIO(), stderr: stream, env: { TERM: "xterm" }, foreground };
  const behind = await createStatusLine(io);
  behind.step("Opening");
  behind.stop();
  expect(read()).toBe("Opening...\n");

  isOurs = true;
  const line = await createStatusLine(io);
  line.step("Opening");
  tell(false);
  const left = read();
  expect(left.lastIndexOf("\u001b[?25h")).toBeGreaterThan(left.lastIndexOf("\u001b[?25l"));
  line.update("Waiting, 4:59 left");
  expect(read()).toBe("");
  tell(true);
  expect(read()).toContain("Waiting, 4:59 left");
  line.stop();
});

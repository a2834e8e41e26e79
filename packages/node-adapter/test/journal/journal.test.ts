import { execFile } from "node:child_process";
import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { HistoryEntry } from "@loopkey/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { createJournal } from "../../src/journal/journal.js";
import { isWindows, posixTest, stateIn } from "../support/platform.js";

async function place() {
  const home = await mkdtemp(join(tmpdir(), "loopkey-journal-"));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const options = { appName: "notes", env: stateIn(home) };
  const folder = join(home, "loopkey", "notes");
  return { options, folder, file: join(folder, "default.journal") };
}

const step = (state: string, at = 0): HistoryEntry => ({
  at: Date.UTC(2026, 0, 1) + at,
  process: "notes (1)",
  state,
  event: "refresh",
});

describe("a journal in a file", () => {
  it("gives back what several wrote, in the order of writing", async () => {
    const { options } = await place();
    const reason = {
      code: "session_ended",
      detail: "400",
      oauthError: "invalid_grant",
    } as const;
    await createJournal(options).append([step("refreshing", 1), { ...step("logged-out", 3), reason }]);
    await createJournal(options).append([step("authenticated", 2)]);
    expect(await createJournal(options).read()).toEqual([
      step("refreshing", 1),
      { ...step("logged-out", 3), reason },
      step("authenticated", 2),
    ]);
    expect(await createJournal({ ...options, profile: "work" }).read()).toEqual([]);
  });

  it("is for this user alone, and names the program without its path", async () => {
    const { options, folder, file } = await place();
    const journal = createJournal(options);
    await journal.append([step("idle")]);
    if (!isWindows) {
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect((await stat(folder)).mode & 0o777).toBe(0o700);
    }
    expect(journal.process).toMatch(/^[\w.-]+ \(\d+\)$/);
  });

  it("is one write for steps that come together", async () => {
    const { options, file } = await place();
    const journal = createJournal(options);
    await journal.append([step("refreshing"), step("authenticated")]);
    expect((await readFile(file, "utf8")).match(/^\n(?=\{)/gm)).toHaveLength(1);
  });

  it("leaves out a torn line, and nothing else", async () => {
    const { options, file } = await place();
    const journal = createJournal(options);
    await journal.append([step("refreshing", 1)]);
    await appendFile(file, '{"v":2,"at":"2026-01-01T00:00:00.000Z","state":"logg');
    await appendFile(file, '\nnull\n[]\n{"v":9}\n');
    await appendFile(file, '{"v":2,"at":"20');
    await journal.append([step("authenticated", 2)]);
    expect(await journal.read()).toEqual([step("refreshing", 1), step("authenticated", 2)]);
  });

  it("neither writes nor gives out what a step has beside its members, as an earlier version did", async () => {
    const { options, file } = await place();
    const journal = createJournal(options);
    const reason = { code: "session_ended", message: "The code abc was used.", stack: "abc" } as const;
    await journal.append([{ ...step("logged-out"), reason, token: "abc" } as HistoryEntry]);
    expect(await readFile(file, "utf8")).not.toContain("abc");
    const time = new Date(0).toISOString();
    const line = { at: time, state: "idle", event: "start", reason: { code: "closed", message: "abc" } };
    await appendFile(file, `\n${JSON.stringify({ v: 1, ...line })}\n${JSON.stringify({ v: 2, ...line })}\n`);
    expect(await journal.read()).toEqual([
      { ...step("logged-out"), reason: { code: "session_ended" } },
      { at: 0, state: "idle", event: "start", reason: { code: "closed" } },
    ]);
  });

  it("keeps within its bound, with the newest steps in it", async () => {
    const { options, folder } = await place();
    const journal = createJournal({ ...options, limit: 2_000 });
    for (let at = 0; at < 205; at++)
      // oxlint-disable-next-line no-await-in-loop
      await journal.append([step("authenticated", at)]);
    const names = await readdir(folder);
    expect(names.toSorted()).toEqual(["default.journal", "default.journal.before"]);
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
    expect(Math.max(...sizes)).toBeLessThan(2_300);
    const kept = (await journal.read()).map(({ at }) => at - Date.UTC(2026, 0, 1));
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, index) => 205 - kept.length + index));
    expect(kept.length).toBeGreaterThan(15);
  });

  it("loses no line of many processes at once", async () => {
    const { options } = await place();
    const program = `
      const { createJournal } = await import(process.argv[1]);
      const journal = createJournal({ appName: "notes" });
      for (let at = 0; at < 20; at++)
        await journal.append([{ at, process: process.argv[2], state: "authenticated", event: "x".repeat(200) }]);`;
    const source = new URL("../../build/journal/journal.js", import.meta.url).href;
    const run = promisify(execFile);
    const names = ["a", "b", "c", "d"];
    const env = { ...process.env, ...options.env };
    await Promise.all(
      names.map((name) =>
        run(process.execPath, ["--input-type=module", "-e", program, source, name], { env }),
      ),
    );
    const kept = await createJournal(options).read();
    for (const name of names) expect(kept.filter(({ process: by }) => by === name)).toHaveLength(20);
  });

  posixTest("modes")(
    "refuses a file that is a link or open to others, and writes nothing through it",
    async () => {
      const { options, folder, file } = await place();
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const other = join(folder, "other");
      await writeFile(other, "");
      await symlink(other, file);
      const journal = createJournal(options);
      await expect(journal.append([step("idle")])).rejects.toThrow();
      expect(await readFile(other, "utf8")).toBe("");
      await rm(file);
      await journal.append([step("idle")]);
      await chmod(file, 0o644);
      const { size } = await stat(file);
      await journal.append([step("idle")]);
      expect((await stat(file)).size).toBe(size);
      expect(await journal.read()).toEqual([]);
    },
  );

  it("costs less than a millisecond, in the middle of two hundred", async () => {
    const { options } = await place();
    const journal = createJournal(options);
    const times: number[] = [];
    for (let at = 0; at < 200; at++) {
      const begin = performance.now();
      // What the client's turn is held up by: it does not wait for the rest.
      const written = journal.append([step("refreshing", at), step("authenticated", at)]);
      times.push(performance.now() - begin);
      // oxlint-disable-next-line no-await-in-loop
      await written;
    }
    expect(times.toSorted((one, other) => one - other)[100]).toBeLessThan(1);
  });
});

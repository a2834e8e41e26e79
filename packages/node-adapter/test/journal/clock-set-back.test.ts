// Two processes write one journal, and the clock of the machine is set back between them: why somebody is signed out stays right.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { explain } from "@loopkey/core/explain";
import { expect, it, onTestFinished } from "vitest";
import { createJournal } from "../../src/journal/journal.js";
import { stateIn } from "../support/platform.js";

const run = promisify(execFile);
const source = new URL("../../build/journal/journal.js", import.meta.url).href;

/** A process that notes one step, by a clock of its own. */
const program = `
  const [, journalFile, at, state, event, code] = process.argv;
  const { createJournal } = await import(journalFile);
  const journal = createJournal({ appName: "notes" });
  const reason = code === "" ? {} : { reason: { code } };
  await journal.append([{ at: Number(at), process: journal.process, state, event, ...reason }]);`;

const NOON = Date.UTC(2026, 10, 30, 12);
const HOUR = 3_600_000;

it.each<[string, readonly [readonly string[], readonly string[]], string]>([
  [
    "signed out after it had been set back is signed out",
    [
      [`${NOON}`, "authenticated", "saveUnderLock done", ""],
      [`${NOON - HOUR}`, "logged-out", "clearStore done", "signed_out"],
    ],
    "signed_out",
  ],
  [
    "signed in after it had been set back was not signed out by what was before",
    [
      [`${NOON}`, "logged-out", "refreshSession failed", "session_ended"],
      [`${NOON - HOUR}`, "authenticated", "saveUnderLock done", ""],
    ],
    "not_noted",
  ],
])("who %s", async (_, [first, second], cause) => {
  const home = await mkdtemp(join(tmpdir(), "loopkey-journal-"));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const env = stateIn(home);
  for (const step of [first, second])
    // One after the other: that is what the file tells.
    // oxlint-disable-next-line no-await-in-loop
    await run(process.execPath, ["--input-type=module", "-e", program, source, ...step], {
      env: { ...process.env, ...env },
    });
  const history = await createJournal({ appName: "notes", env }).read();
  expect(new Set(history.map(({ process: by }) => by)).size).toBe(2);
  const state = { status: "idle", store: { kind: "keyring", persistent: true }, can: ["signIn"] } as const;
  expect(explain({ state, history })).toMatchObject({ cause, signedIn: false });
});

// A short-lived command pays for every file it loads. Each has a budget; who adds a file finds out here which, and by whom.
import { expect, test } from "vitest";
import { overBudget } from "../src/counting/budget.js";
import { loadsOf } from "../src/counting/loads.js";
import { BINARY, programOf, useStage } from "./support.js";

const stage = useStage();

interface Budget {
  readonly files: number;
  readonly bytes: number;
}

const COMMANDS: Readonly<
  Record<string, { readonly args: () => readonly string[]; readonly budget: Budget }>
> = {
  "`loopkey token`": { args: () => [BINARY, "token"], budget: { files: 12, bytes: 692_500 } },
  "`loopkey token`, with a token that was kept": {
    args: () => [BINARY, "token", "--profile", "kept"],
    budget: { files: 9, bytes: 329_000 },
  },
  "`loopkey status`": { args: () => [BINARY, "status"], budget: { files: 12, bytes: 692_500 } },
  "import of core": {
    args: () => [programOf("counting/import-core")],
    budget: { files: 3, bytes: 418_000 },
  },
  "import of core and node-adapter": {
    args: () => [programOf("contenders/loopkey/import")],
    budget: { files: 7, bytes: 545_500 },
  },
};

test.each(Object.entries(COMMANDS))("%s loads no more files and bytes than its budget", async (name, row) => {
  const { args, budget } = row;
  const { world, signIn } = stage();
  await signIn();
  await signIn("--profile", "kept", "--keep-access-token");

  const loads = await loadsOf(args(), world.env);

  const found = loads.map(({ path, bytes, by }) => ({ what: `${path} (${bytes} bytes)`, by }));
  // Of what is parsed: the keyring's native code alone is 3 MB, and costs nothing like it.
  const scripts = loads.filter(({ path }) => !path.endsWith(".node"));
  const bytes = scripts.reduce((sum, each) => sum + each.bytes, 0);
  expect.soft(overBudget(`files of ${name}`, loads.length, budget.files, found)).toBeUndefined();
  expect.soft(overBudget(`bytes of ${name}`, bytes, budget.bytes, found)).toBeUndefined();
});

// What a library costs before it does anything: whole processes that import it and end.
import { fileURLToPath } from "node:url";
import { CONTENDERS, LOOPKEY_BINARY } from "../contenders/index.js";
import { mustRun } from "../run/command.js";
import { runRounds } from "../run/rounds.js";
import { signInFor } from "../world/sessions.js";
import { makeRow, type Part } from "./part.js";

const EMPTY = "`node -e 0`";
const OWN = "import of core and node-adapter";
const IMPORTS: Readonly<Record<string, string>> = {
  [OWN]: "loopkey",
  "import of openid-client": "openid-client",
  "import of oauth4webapi": "oauth4webapi",
  "import of google-auth-library": "google-auth",
  "import of MSAL Node": "msal",
  "import of the MCP SDK's client": "mcp",
};

export const loading: Part = async ({ world, nodes, rounds, say }) => {
  const binary = CONTENDERS.find(({ name }) => name === LOOPKEY_BINARY)!;
  const { args } = await signInFor(world, binary, world.places[0]!.lasting.issuer, "status");
  const status = args.map((each) => (each === "token" ? "status" : each));
  const programs: readonly (readonly [name: string, args: readonly string[]])[] = [
    [EMPTY, ["-e", "0"]],
    ["`loopkey status`", status],
    ...Object.entries(IMPORTS).map(([name, folder]) => [name, [importOf(folder)]] as const),
  ];
  const made = nodes.map(({ version, path }) => {
    const title = "import, whole process";
    const row = makeRow({ part: "loading", title, unit: "ms", node: version, base: EMPTY, own: OWN });
    const cells = programs.map(([name, args]) => ({
      name: `${name} on ${version}`,
      run: async (round: number) => row.add(name, round, (await mustRun(path, args, world.env)).wholeMs),
    }));
    return { row, cells };
  });
  await runRounds(
    rounds,
    made.flatMap(({ cells }) => cells),
    say,
  );
  return made.map(({ row }) => row.finish());
};

function importOf(folder: string): string {
  return fileURLToPath(new URL(`../../dist/contenders/${folder}/import.js`, import.meta.url));
}

// `pnpm diagrams`: draws what is in docs/diagrams from the machine as it ships. With `--check`: fails where that is out of date.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { authMachine } from "../packages/core/dist/machine.js";
import { recordFlows } from "./diagrams/flows.mjs";
import { graphOf } from "./diagrams/graph.mjs";
import { toMermaid } from "./diagrams/mermaid.mjs";
import { toPage } from "./diagrams/page.mjs";
import { toSvg } from "./diagrams/statechart-svg.mjs";

const graph = graphOf(authMachine);
const svg = await toSvg(graph, { title: "The states of a session" });
const files = {
  "docs/diagrams.md": toPage(await recordFlows()),
  "docs/diagrams/statechart.mmd": toMermaid(graph),
  "docs/diagrams/statechart.svg": svg,
  // The live view lights it up.
  "packages/node-adapter/src/watch/inside/statechart.ts": `// Written by \`pnpm diagrams\`, from the machine: the chart of the live view.\nexport const statechart = \`${svg}\`;\n`,
};

const isCheck = process.argv.includes("--check");
for (const [file, text] of Object.entries(files)) {
  if (textOf(file) === text) continue;
  if (isCheck) {
    process.exitCode = 1;
    process.stderr.write(`${file} is out of date. Run: pnpm diagrams\n`);
  } else {
    mkdirSync("docs/diagrams", { recursive: true });
    writeFileSync(file, text);
    process.stdout.write(`${file}\n`);
  }
}

function textOf(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

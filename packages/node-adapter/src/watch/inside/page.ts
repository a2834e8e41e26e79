// The page of the live view: a chart that lights up, what is open now, and the steps. Loads nothing from anywhere.
import { SCRIPT, STYLE } from "./page-parts.js";
import { statechart } from "./statechart.js";

/** As much of a machine of XState as a chart needs. */
interface MachineNode {
  readonly key: string;
  readonly path: readonly string[];
  readonly states: Readonly<Record<string, MachineNode>>;
}

/** `machine`: the root of one; that of a session has a drawn chart, any other boxes within boxes. */
export function createPage(
  title: string,
  machine: { readonly id: string; readonly root: MachineNode } | undefined,
) {
  return (nonce: string): string => {
    const chart =
      machine === undefined || machine.id === "loopkey"
        ? statechart.replace("<style>", `<style nonce="${nonce}">`)
        : `<div class="boxes">${boxesOf(machine.root)}</div>`;
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}: live</title>
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<header><h1>${escaped(title)}</h1><p class="status" id="status" role="status">connecting</p></header>
<main>
<section class="chart" id="chart" aria-label="States">${chart}</section>
<aside>
<section class="now" aria-live="polite">
<h2 id="state">…</h2>
<p id="about"></p>
<p class="rfc" id="rfc"></p>
<h3>Open now</h3>
<ul class="open" id="open"></ul>
</section>
<section class="steps"><h3>Steps</h3><ol id="steps"></ol></section>
</aside>
</main>
<script nonce="${nonce}">${SCRIPT}</script>
</body>
</html>
`;
  };
}

function boxesOf(node: MachineNode): string {
  return Object.values(node.states)
    .map((state) => {
      const inside = boxesOf(state);
      return `<div class="box" data-state="${escaped(state.path.join("."))}"><b>${escaped(state.key)}</b>${inside}</div>`;
    })
    .join("");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

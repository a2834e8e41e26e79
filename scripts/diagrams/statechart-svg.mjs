// The statechart as a picture: laid out by ELK, drawn for light and dark. Each state carries its name, so that a page can light it up.
import ELK from "elkjs/lib/elk.bundled.js";

const FONT = 'Inter, "Segoe UI", system-ui, -apple-system, "Helvetica Neue", Arial, sans-serif';
const SPACING = {
  "elk.algorithm": "layered",
  "elk.edgeRouting": "ORTHOGONAL",
  "elk.layered.spacing.nodeNodeBetweenLayers": "30",
  "elk.layered.spacing.edgeNodeBetweenLayers": "18",
  "elk.layered.spacing.edgeEdgeBetweenLayers": "12",
  "elk.spacing.nodeNode": "28",
  "elk.spacing.edgeNode": "18",
  "elk.spacing.edgeEdge": "12",
  "elk.spacing.edgeLabel": "5",
  "elk.layered.nodePlacement.strategy": "BRANDES_KOEPF",
  "elk.layered.cycleBreaking.strategy": "MODEL_ORDER",
  "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
  "elk.edgeLabels.inline": "false",
};

export async function toSvg(graph, { title }) {
  const laidOut = await new ELK().layout(toElk(graph));
  const [width, height] = [Math.ceil(laidOut.width), Math.ceil(laidOut.height)];
  const parts = draw(laidOut, 0, 0);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
<title>${escaped(title)}</title>
<style>${STYLE.replaceAll(/\s*\n\s*/g, "")}</style>
<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path class="head" d="M0.5 1 7 4 0.5 7z"/></marker></defs>
<rect class="paper" width="${width}" height="${height}" rx="14"/>
${[...parts.boxes, ...parts.arrows, ...parts.labels].join("\n")}
</svg>
`;
}

function toElk({ initial, states, arrows }) {
  const inside = (parent) => ({
    children: states.filter((state) => state.parent === parent).map((state) => boxOf(state)),
    edges: arrows
      .filter(({ from }) => parentOf(from) === parent)
      .map((arrow, index) => edgeOf(arrow, `${parent}${index}`)),
  });
  const boxOf = (state) => {
    const { id, name, actors, children } = state;
    const width = Math.max(textWidth(name, 15), ...actors.map((actor) => textWidth(actor, 12))) + 28;
    if (children.length === 0)
      return {
        id,
        state,
        width: Math.max(96, width),
        height: actors.length > 0 ? 28 + 15 * actors.length : 34,
      };
    return {
      id,
      state,
      layoutOptions: {
        ...SPACING,
        "elk.direction": "RIGHT",
        "elk.layered.spacing.nodeNodeBetweenLayers": "26",
        "elk.padding": `[top=${44 + 15 * actors.length},left=18,bottom=18,right=18]`,
        "elk.nodeSize.constraints": "MINIMUM_SIZE",
        "elk.nodeSize.minimum": `(${width},60)`,
      },
      ...inside(id),
    };
  };
  const whole = inside("");
  return {
    id: "root",
    layoutOptions: {
      ...SPACING,
      "elk.direction": "DOWN",
      "elk.padding": "[top=26,left=26,bottom=26,right=26]",
    },
    children: [{ id: "*", width: 14, height: 14 }, ...whole.children],
    edges: [{ id: "start", sources: ["*"], targets: [initial] }, ...whole.edges],
  };
}

function edgeOf({ from, to, on, failedOnly }, id) {
  const told = on.filter((each) => !each.endsWith(" failed"));
  const lines = told.length > 3 ? [...told.slice(0, 3), `and ${told.length - 3} more`] : told;
  return {
    id: `e${id}`,
    sources: [from],
    targets: [to],
    failedOnly,
    labels: lines.map((text, index) => ({
      id: `${id}l${index}`,
      text,
      width: textWidth(text, 12),
      height: 14,
    })),
  };
}

function draw(node, x, y) {
  const out = { boxes: [], arrows: [], labels: [] };
  for (const child of node.children ?? []) {
    const [left, top] = [x + child.x, y + child.y];
    out.boxes.push(
      child.state
        ? boxSvg(child, left, top)
        : `<circle class="start" cx="${n(left + 7)}" cy="${n(top + 7)}" r="6"/>`,
    );
    const within = draw(child, left, top);
    for (const kind of Object.keys(out)) out[kind].push(...within[kind]);
  }
  for (const edge of node.edges ?? []) {
    for (const { startPoint, bendPoints = [], endPoint } of edge.sections ?? [])
      out.arrows.push(
        `<path class="arrow${edge.failedOnly ? " failed" : ""}" data-from="${edge.sources[0]}" data-to="${edge.targets[0]}" d="${roundedPath([startPoint, ...bendPoints, endPoint].map((point) => [x + point.x, y + point.y]))}"/>`,
      );
    for (const { text, x: left, y: top, width } of edge.labels ?? [])
      out.labels.push(
        `<text class="label" x="${n(x + left + width / 2)}" y="${n(y + top + 11)}">${escaped(text)}</text>`,
      );
  }
  return out;
}

function boxSvg({ state: { id, name, actors, children }, width, height }, x, y) {
  const isLeaf = children.length === 0;
  const middle = x + width / 2;
  const first = isLeaf ? y + (actors.length > 0 ? 19 : height / 2 + 5) : y + 25;
  const lines = actors.map(
    (actor, index) =>
      `<text class="actor" x="${n(middle)}" y="${n(first + 16 + 15 * index)}">${escaped(actor)}</text>`,
  );
  return `<g class="state${isLeaf ? "" : " whole"}" data-state="${id}"><rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" rx="${isLeaf ? 9 : 12}"/><text class="name" x="${n(middle)}" y="${n(first)}">${escaped(name)}</text>${lines.join("")}</g>`;
}

function roundedPath(points, radius = 7) {
  const [first, ...rest] = points;
  let path = `M${n(first[0])} ${n(first[1])}`;
  for (const [index, point] of rest.entries()) {
    const next = rest[index + 1];
    if (next) {
      const before = towards(point, points[index], radius);
      const after = towards(point, next, radius);
      path += `L${n(before[0])} ${n(before[1])}Q${n(point[0])} ${n(point[1])} ${n(after[0])} ${n(after[1])}`;
    } else path += `L${n(point[0])} ${n(point[1])}`;
  }
  return path;
}

function towards([x, y], [toX, toY], distance) {
  const length = Math.hypot(toX - x, toY - y) || 1;
  const share = Math.min(distance, length / 2) / length;
  return [x + (toX - x) * share, y + (toY - y) * share];
}

function parentOf(id) {
  return id.split(".").slice(0, -1).join(".");
}

function textWidth(text, size) {
  return Math.ceil(text.length * size * 0.58);
}

function n(value) {
  return String(Math.round(value * 10) / 10);
}

function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

const STYLE = `
svg{--paper:#fbfbfa;--box:#fff;--whole:#f3f4f6;--line:#c9ced6;--ink:#1b1f27;--soft:#687080;--arrow:#8b93a3;--failed:#c2793a;--on:#2458d3;--on-ink:#fff}
@media (prefers-color-scheme:dark){svg{--paper:#14171c;--box:#20252d;--whole:#1a1e25;--line:#3b424e;--ink:#eef0f4;--soft:#9aa3b2;--arrow:#7b8494;--failed:#d99a5b;--on:#6c9bff;--on-ink:#0d1424}}
.paper{fill:var(--paper)}
.state rect{fill:var(--box);stroke:var(--line);stroke-width:1.2}
.whole>rect{fill:var(--whole)}
text{font-family:${FONT.replaceAll('"', "'")};text-anchor:middle}
.name{font-size:15px;font-weight:600;fill:var(--ink)}
.actor{font-size:12px;fill:var(--soft)}
.label{font-size:12px;fill:var(--soft);paint-order:stroke;stroke:var(--paper);stroke-width:4px;stroke-linejoin:round}
.arrow{fill:none;stroke:var(--arrow);stroke-width:1.3;marker-end:url(#head)}
.arrow.failed{stroke-dasharray:4 3;stroke:var(--failed)}
.head{fill:var(--arrow)}
.start{fill:var(--ink)}
`;

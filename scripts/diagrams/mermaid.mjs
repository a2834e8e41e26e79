// The statechart in Mermaid: for a README, and for whoever wants to paste it elsewhere.

export function toMermaid({ initial, states, arrows }) {
  const inside = (parent) => [
    ...states.filter((state) => state.parent === parent).flatMap((state) => boxOf(state)),
    ...arrows.filter(({ from }) => parentOf(from) === parent).map((arrow) => arrowOf(arrow)),
  ];
  const boxOf = ({ id, name, children }) =>
    children.length === 0
      ? [`state "${name}" as ${idOf(id)}`]
      : [`state "${name}" as ${idOf(id)} {`, ...inside(id).map((line) => `  ${line}`), "}"];
  const lines = [`[*] --> ${idOf(initial)}`, ...inside("")];
  return ["stateDiagram-v2", ...lines.map((line) => `  ${line}`), ""].join("\n");
}

function arrowOf({ from, to, on }) {
  const label = on.filter((each) => !each.endsWith(" failed")).join(", ");
  return `${idOf(from)} --> ${idOf(to)}${label === "" ? "" : `: ${label}`}`;
}

function parentOf(id) {
  return id.split(".").slice(0, -1).join(".");
}

function idOf(id) {
  return id.replaceAll(/[^a-zA-Z0-9]/g, "_");
}

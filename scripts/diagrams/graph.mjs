// A machine of XState as boxes and arrows: what a diagram of it is drawn from. Knows nothing of any one machine.

/**
 * `states`: `{ id, name, parent, actors, children }`, `id` as in `refreshing.requesting`. `arrows`: one for each pair of states, with
 * what leads along it: `{ from, to, on: [event], failedOnly }`. An arrow that crosses a border begins, and ends, at the border.
 */
export function graphOf(machine) {
  const states = [];
  const arrows = new Map();
  const visit = (node) => {
    const id = node.path.join(".");
    if (id !== "") {
      states.push({
        id,
        name: node.key,
        parent: node.path.slice(0, -1).join("."),
        actors: node.invoke.map(({ src }) => (typeof src === "string" ? src : node.key)),
        children: Object.keys(node.states),
      });
    }
    for (const { target = [], eventType } of [...node.transitions.values(), node.always ?? []].flat())
      for (const to of target ?? []) note(node.path, to.path, eventType);
    for (const child of Object.values(node.states)) visit(child);
  };
  const note = (source, destination, event) => {
    const [from, to] = atBorder(source, destination);
    if (from === to) return;
    const key = `${from} ${to}`;
    const arrow = arrows.get(key) ?? { from, to, on: new Set(), failedOnly: true };
    const label = labelOf(event);
    if (!label?.endsWith(" failed")) arrow.failedOnly = false;
    if (label) arrow.on.add(label);
    arrows.set(key, arrow);
  };
  visit(machine.root);
  return {
    initial: machine.root.initial.target[0].key,
    states,
    arrows: [...arrows.values()].map((arrow) => ({ ...arrow, on: [...arrow.on] })),
  };
}

/** Both ends within the state that they have in common. */
function atBorder(source, destination) {
  let common = 0;
  while (
    common < source.length - 1 &&
    common < destination.length - 1 &&
    source[common] === destination[common]
  )
    common += 1;
  return [source, destination].map((path) => path.slice(0, common + 1).join("."));
}

/** Undefined for what stands in the box already: its actor has done its work. */
function labelOf(event) {
  const [, end, actor] = /^xstate\.(done|error)\.actor\.(.+)$/.exec(event) ?? [];
  if (actor === undefined) return event === "" ? undefined : event;
  return end === "done" ? undefined : `${actor} failed`;
}

// docs/diagrams.md: the statechart, and the flows in Mermaid, which GitHub and most viewers draw.

const ROLES = [
  ["Person", "actor Person as Person, or the program"],
  ["Browser", "participant Browser"],
  ["App", "participant App as Loopkey in the app"],
  ["First", "participant First as Loopkey in one process"],
  ["Second", "participant Second as Loopkey in another"],
  ["Store", "participant Store"],
  ["Server", "participant Server as Authorization server"],
];

export function toPage(flows) {
  return `# Diagrams

The states and the flows as pictures. Drawn by \`pnpm diagrams\`: the statechart from the machine as it ships, the flows from runs of it that were recorded, with real
sockets, the lock's file and the OpenID provider of \`examples/identity-provider\`. CI fails where they are out of date. The same
chart lights up while an app runs: [watching.md](watching.md).

## The states

![The states of a session, and what leads from one to the next](diagrams/statechart.svg)

In a box stands what runs while it is left alone, and ends when the state is left: a listener, a lock, a timer, a request. An arrow
without a name is taken when that has done its work; a dashed one when it has failed. The same in Mermaid:
[statechart.mmd](diagrams/statechart.mmd).

${flows.map((flow) => section(flow)).join("\n")}`;
}

function section({ title, about, lines }) {
  const text = lines.join("\n");
  const present = ROLES.filter(([name]) =>
    new RegExp(String.raw`\b${name}\b`).test(text.replaceAll(/: .*/g, "")),
  );
  const chart = [
    "sequenceDiagram",
    ...[...present.map(([, role]) => role), ...lines].map((line) => `  ${line}`),
  ];
  return `## ${title}\n\n${about}\n\n\`\`\`mermaid\n${chart.join("\n")}\n\`\`\`\n`;
}

// What the site has, in the order in which a reader meets it. A page of docs/ that is not here fails the build.
/** @type {readonly { title: string, pages: readonly (readonly [title: string, path: string])[] }[]} */
export const CHAPTERS = [
  {
    title: "Start here",
    pages: [
      ["A CLI in ten lines", "start/cli"],
      ["An Electron app", "electron"],
      ["A sidecar for Rust, Python, Go", "sidecar"],
      ["A Tauri app", "tauri"],
      ["A client for MCP servers", "mcp"],
    ],
  },
  {
    title: "Concepts",
    pages: [
      ["What it does differently", "promises"],
      ["The machine", "concepts/machine"],
      ["Ports", "concepts/ports"],
      ["The session", "concepts/session"],
      ["Diagrams", "diagrams"],
      ["Signing in", "signing-in"],
      ["Refresh", "refresh"],
      ["Where the session is kept", "stores"],
    ],
  },
  {
    title: "Guides",
    pages: [
      ["From registering to signing out", "guides/wacht"],
      ["What to write for your provider", "providers"],
      ["Machines without a browser", "guides/headless"],
      ["Several accounts", "guides/accounts"],
      ["Company networks", "guides/company-networks"],
      ["Tools that ask for a token", "tools"],
      ["Agents and the broker", "broker"],
      ["Moving from other libraries", "guides/migrating"],
      ["yargs, citty and others", "other-parsers"],
      ["Packing into one file", "packing"],
      ["Writing an adapter", "guides/writing-an-adapter"],
      ["Why am I signed out?", "explain"],
      ["The live view", "watching"],
    ],
  },
  {
    title: "Testing",
    pages: [
      ["Testing your app", "testing"],
      ["How the project is tested", "testing-the-project"],
      ["Invariants", "invariants"],
      ["Where each rule is kept", "rules"],
      ["Mutations", "mutation"],
      ["Torture", "torture"],
    ],
  },
  {
    title: "What to expect",
    pages: [
      ["Security", "security"],
      ["Speed", "speed"],
      ["Performance, measured", "performance"],
      ["Servers", "servers"],
      ["Runtimes", "runtimes"],
      ["Windows", "windows"],
      ["Compared with what people use", "comparison"],
      ["What works today", "status"],
      ["Dependencies", "dependencies"],
      ["What an app installs", "installed"],
    ],
  },
  {
    title: "Reference",
    pages: [
      ["Configuration", "configuration"],
      ["Calls, events, error codes", "api"],
      ["The protocol of the sidecar", "sidecar-protocol"],
      ["Every declaration", "reference/README"],
    ],
  },
];

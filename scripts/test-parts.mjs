// The parts of the tests: what each shows, which files it has, how it is run. A file belongs to the last part whose patterns fit.
import { readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * @typedef {object} TestPart
 * @property {string} name
 * @property {string} shows What is proved in it, for whoever reads the list.
 * @property {boolean} [isQuick] `npm test` runs it too. What takes minutes, or needs programs that few machines have, is for `pnpm test:all`.
 * @property {boolean} [sideBySide] Several files at once. Only where nothing looks at the wall clock: they slow each other down.
 * @property {readonly string[]} files `*` is any name, `**` any path, `{a,b}` one of them.
 */

/** What is general comes before what is special; of those that run, the quick ones are first. @type {readonly TestPart[]} */
export const PARTS = [
  {
    name: "core",
    shows: "the flow, the session and the machine, on fake ports and in virtual time",
    isQuick: true,
    sideBySide: true,
    files: ["packages/core/test/**/*.test.ts"],
  },
  {
    name: "commands",
    shows: "the commands, Electron's main process on a double, the example provider, the React example",
    isQuick: true,
    sideBySide: true,
    files: [
      "packages/{cli,electron}-adapter/test/**/*.test.ts",
      "examples/{identity-provider,react}/test/**/*.test.{ts,tsx}",
    ],
  },
  {
    name: "node",
    shows: "the ports for Node: real sockets, files, processes and locks",
    isQuick: true,
    files: ["packages/node-adapter/test/**/*.test.ts"],
  },
  {
    name: "programs",
    shows: "what ships, in programs of its own: every flow, every way out, terminals, odd machines",
    sideBySide: true,
    files: ["e2e/test/*.test.ts"],
  },
  {
    name: "journey",
    shows: "what ships: the demo, `loopkey` from login to logout, the person's browser, an app's own client",
    isQuick: true,
    files: ["e2e/test/{cli,demo,fetch,launcher,preflight,registration}.test.ts"],
  },
  {
    name: "clock",
    shows: "blocked loops, stopped and killed processes, locks that are waited for, keyrings that hang",
    files: [
      "packages/node-adapter/test/blocked-loop.test.ts",
      "packages/node-adapter/test/ground/limit.test.ts",
      "packages/node-adapter/test/lock/{stopped,several-processes}.test.ts",
      "e2e/test/{cli-hang-up,cli-host,cli-interrupts,sidecar-ending}.test.ts",
    ],
  },
  {
    name: "keyrings",
    shows:
      "a real keyring: locked, killed, frozen, prompting, shared; and no secret in what a journey leaves behind",
    files: ["e2e/test/{keyring,keyring-*,secrets}.test.ts"],
  },
  {
    name: "generated",
    shows: "every move of the machine, every interleaving, every fault of a server, in virtual time",
    sideBySide: true,
    files: [
      "packages/core/test/machine/{machine,interleavings,random-walks}.test.ts",
      "packages/core/test/testing/{faults,cover-model,start-in}.test.ts",
      "examples/react/test/{jsdom,happy-dom}.test.tsx",
    ],
  },
  {
    name: "faults",
    shows: "every fault of a server on real sockets, with the ports for Node",
    files: ["packages/node-adapter/test/faults/*.test.ts"],
  },
  {
    name: "browsers",
    shows:
      "a real Chromium: the person's page, hostile pages, the live view, the example's page under the model",
    sideBySide: true,
    files: ["e2e/test/{browser,model-window,watch,web-page-*}.test.ts"],
  },
  {
    name: "electron",
    shows: "a real Electron: windows, attacks on the bridge, lifetimes, archives",
    sideBySide: true,
    files: ["e2e/test/electron-*.test.ts"],
  },
  {
    name: "servers",
    shows: "servers that others wrote, and the SDK of MCP",
    files: ["e2e/test/{servers,servers-*,mcp}.test.ts"],
  },
  {
    name: "sidecar",
    shows: "`loopkey serve` beside programs in other languages, the Tauri app, the one executable",
    files: ["e2e/test/{sidecar,sidecar-clients,tauri-app,executable}.test.ts"],
  },
  {
    name: "tools",
    shows:
      "tools that ask for a token, the broker for those that must not have it, shells, a pseudo terminal under the model",
    sideBySide: true,
    files: [
      "e2e/test/{tools,tools-*,broker,broker-*,ssh,credential-sign-in,completion,completion-*,model-shell}.test.ts",
    ],
  },
  {
    name: "torture",
    shows:
      "the short forms of `torture`: kills, hostile requests, lost answers, every kind of program at once",
    files: ["e2e/test/{torture,torture-judge,mixed}.test.ts"],
  },
  {
    name: "counts",
    shows: "budgets: files and bytes that are loaded, requests, wake-ups, what stays in memory",
    files: ["benchmarks/test/*.test.ts"],
  },
  {
    name: "runtimes",
    shows: "every Node, Bun and Deno",
    files: ["e2e/test/{runtimes,runtimes-*}.test.ts"],
  },
  {
    name: "packed",
    shows: "programs packed into one file, and the packages as a registry would have them",
    sideBySide: true,
    files: ["e2e/test/{consumers,starters,packed,packed-*}.test.ts"],
  },
  {
    name: "wine",
    shows: "Windows' code, run by Node for Windows under Wine",
    files: ["e2e/test/{wine,wine-*}.test.ts"],
  },
];

/** Which test files of the workspace each part has, and those that none has; paths from the root. */
export function filesOfParts(root) {
  const of = new Map(PARTS.map(({ name }) => [name, []]));
  const nobodys = [];
  for (const file of testFiles(root)) {
    const part = PARTS.findLast(({ files }) => files.some((pattern) => matches(pattern, file)));
    (part ? of.get(part.name) : nobodys).push(file);
  }
  return { of, nobodys };
}

const NOT_OURS = new Set(["node_modules", "dist", "build", "target"]);

function testFiles(root, folder = "") {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = folder ? `${folder}/${entry.name}` : entry.name;
      if (!entry.isDirectory()) return /\.test\.[cm]?tsx?$/.test(entry.name) ? [path] : [];
      return NOT_OURS.has(entry.name) || entry.name.startsWith(".") ? [] : testFiles(root, path);
    })
    .toSorted((one, other) => (one < other ? -1 : 1));
}

function matches(pattern, path) {
  const source = pattern.replace(/\*\*\/|[*{},.]/g, (sign) => SIGNS[sign]);
  return new RegExp(`^${source}$`).test(path);
}

const SIGNS = { "**/": "(?:.*/)?", "*": "[^/]*", "{": "(?:", "}": ")", ",": "|", ".": "\\." };

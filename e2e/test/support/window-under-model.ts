// The page of the Electron example in Chromium, as the model drives it: its own source, with a client of the test's behind it.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { AuthClient, AuthState, Command } from "@loopkey/core";
import type { ModelDriver, Seen } from "@loopkey/core/testing";
import { build, type Plugin } from "esbuild";
import type { Page } from "playwright-core";

const RENDERER = fileURLToPath(new URL("../../../examples/electron-app/src/renderer/", import.meta.url));

/** A fault that is put into a copy: what stands in which file, and what stands there instead. */
export interface PlantedFault {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** What the page has of the session, over what Playwright binds: states come in, commands go out. */
const ENTRY = `
import { createRoot } from "react-dom/client";
import { App } from "./app.js";
let root;
window.mount = (first) => {
  let state = first;
  const listeners = new Set();
  const give = (command) => async () => window.give(command);
  const nothing = async () => { throw new Error("Not of this test"); };
  window.tell = (next) => { state = next; for (const listener of [...listeners]) listener(next); };
  const auth = {
    getState: () => state,
    subscribe: (listener) => (listeners.add(listener), () => listeners.delete(listener)),
    signIn: give("signIn"),
    signOut: give("signOut"),
    cancel: give("cancel"),
    userInfo: async () => ({ name: "Ada" }),
    fetch: nothing,
  };
  document.body.innerHTML = '<div id="app"></div>';
  root = createRoot(document.querySelector("#app"));
  root.render(<App auth={auth} />);
};
window.unmount = () => root?.unmount();
`;

function planting({ file, from, to }: PlantedFault): Plugin {
  return {
    name: "planted fault",
    setup(bundler) {
      bundler.onLoad({ filter: /renderer\/.*\.tsx?$/ }, async ({ path }) => {
        if (!path.endsWith(file)) return undefined;
        const text = await readFile(path, "utf8");
        if (!text.includes(from)) throw new Error(`${file} has no ${from} any more`);
        return { contents: text.replace(from, to), loader: path.endsWith("x") ? "tsx" : "ts" };
      });
    },
  };
}

async function bundle(fault: PlantedFault | undefined): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: ENTRY, resolveDir: RENDERER, loader: "jsx", sourcefile: `${RENDERER}entry.jsx` },
    bundle: true,
    write: false,
    jsx: "automatic",
    format: "iife",
    define: { "process.env.NODE_ENV": '"production"' },
    plugins: fault ? [planting(fault)] : [],
  });
  return outputFiles[0]!.text;
}

/** What a person sees, by the words that stand on the page. A script: the tests themselves have no DOM. */
const LOOK = `(() => {
  const texts = (selector) => [...document.querySelectorAll(selector)].map((each) => each.textContent);
  return {
    headings: texts("main h1"),
    buttons: texts("main button"),
    notices: texts("main .notice"),
    states: texts("aside li:last-child .state"),
    statuses: texts("main [role=status]"),
  };
})()`;

type Looked = Readonly<Record<"headings" | "buttons" | "notices" | "states" | "statuses", string[]>>;

const BUTTONS = { signIn: "Sign in with your browser", cancel: "Cancel", signOut: "Sign out" } as const;

export const WINDOW_COMMANDS = Object.keys(BUTTONS) as (keyof typeof BUTTONS)[];

/** Where the page has the button. */
export function windowOffers(command: Command, { status }: AuthState): boolean {
  if (command === "signIn") return status === "idle" || status === "logged-out";
  return command === "signOut" || status === "awaiting-callback";
}

const HEADINGS: readonly (readonly [string, Seen["status"]])[] = [
  ["One moment", "restoring"],
  ["Your notes, on your desk", ["idle", "logged-out"]],
  ["You are signed out", "logged-out"],
  ["Continue in your browser", "awaiting-callback"],
  ["Confirm that it is you", "awaiting-callback"],
  ["Almost there", "exchanging"],
  ["Signing you out", "logging-out"],
];

/** Makes the driver of one page, which is loaded once. */
export async function createWindowDriver(page: Page, fault?: PlantedFault): Promise<ModelDriver> {
  let client: AuthClient | undefined;
  let stop = (): void => {};
  await page.exposeFunction("give", (command: keyof typeof BUTTONS) => {
    const done: unknown = client?.[command]();
    if (done instanceof Promise) done.catch(() => {});
  });
  await page.setContent("<title>Fieldbook</title>");
  await page.addScriptTag({ content: await bundle(fault) });

  return {
    async create(setting) {
      ({ client } = setting);
      // Each call is made in the order of the states.
      stop = client.subscribe((state) => void page.evaluate(`window.tell(${JSON.stringify(state)})`));
      await page.evaluate(`window.mount(${JSON.stringify(client.getState())})`);
    },
    do: (command) =>
      page
        .getByRole("button", { name: BUTTONS[command as keyof typeof BUTTONS], exact: true })
        .click({ timeout: 1_000 }),
    see: async () => read(await page.evaluate<Looked>(LOOK)),
    async dispose() {
      stop();
      await page.evaluate("window.unmount()");
    },
  };
}

function read({ headings, buttons, notices, states, statuses }: Looked): Seen {
  const person = headings.includes("Ada") || headings.includes("Signed in");
  const isAlone = headings.length === 1;
  const status = HEADINGS.find(([heading]) => headings.includes(heading))?.[1] ?? statusIn(states[0]);
  const isWaiting = status === "awaiting-callback";
  return {
    status,
    step: isWaiting ? (statuses.includes("Finding the server.") ? "preparing" : "waiting") : undefined,
    can: WINDOW_COMMANDS.filter((command) => buttons.includes(BUTTONS[command])),
    base: person && !isAlone,
    browser: notices.some((notice) => notice.startsWith("No browser opened.")) ? "failed" : undefined,
    degraded: person && isAlone ? notices.join() : undefined,
    reason: !person && !isWaiting ? notices.join() : undefined,
  };
}

/** Both look the same but for the trail at the side. */
function statusIn(shown = ""): Seen["status"] {
  return shown.startsWith("refreshing") ? "refreshing" : "authenticated";
}

// The page, as the model drives it: clicks, and what stands on it.
import {
  coverModel,
  type CoverReport,
  type ModelDriver,
  type ModelSetting,
  type Seen,
} from "@loopkey/core/testing";
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { HEADINGS, LABELS, SignInPage } from "../../src/sign-in-page.js";

function createPageDriver(): ModelDriver {
  let root: Root | undefined;
  let setting: ModelSetting | undefined;
  const page = document.createElement("div");
  const find = (selector: string): Element | null => page.querySelector(selector);
  const text = (selector: string): string | undefined => find(selector)?.textContent ?? undefined;
  const button = (label: string): HTMLButtonElement | undefined =>
    [...page.querySelectorAll("button")].find(({ textContent }) => textContent === label);

  return {
    async create(given) {
      setting = given;
      document.body.append(page);
      root = createRoot(page);
      await act(async () => root?.render(<SignInPage auth={given.client} />));
    },
    do: async (command) =>
      act(async () => {
        if (command !== "submitRedirect") return button(LABELS[command])!.click();
        page.querySelector("input")!.value = setting!.pastedAddress();
        button("Go on")!.click();
      }),
    world: async (_, happen) => act(happen),
    see(): Seen {
      const heading = Object.entries(HEADINGS).find(([, words]) => words === text("h1"))?.[0] ?? "";
      const isStep = ["preparing", "waiting", "device"].includes(heading);
      const isOut = heading === "idle" || heading === "logged-out";
      const labels = Object.entries(LABELS) as [keyof typeof LABELS, string][];
      return {
        status: (isStep ? "awaiting-callback" : heading) as Exclude<Seen["status"], readonly unknown[]>,
        step: isStep ? (heading as NonNullable<Seen["step"]>) : undefined,
        can: [
          ...labels.filter(([, label]) => button(label)).map(([command]) => command),
          ...(find("form") ? (["submitRedirect"] as const) : []),
        ],
        base: find(".base") !== null,
        browser: find(".no-browser") ? "failed" : undefined,
        device: text("output"),
        reason: isOut ? text("[role=alert]") : undefined,
        degraded: isOut ? undefined : text("[role=alert]"),
      };
    },
    async dispose() {
      await act(async () => root?.unmount());
      page.remove();
    },
  };
}

/** React wants to know that it is tested. */
export async function coverPage(): Promise<CoverReport> {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  return coverModel({ driver: createPageDriver(), patienceMs: 0, walks: { count: 5 } });
}

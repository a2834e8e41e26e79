// The page of the Electron example under the model of the public states, in Chromium; and copies of it with a fault in each.
import { coverModel, type CoverReport } from "@loopkey/core/testing";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchChromium, newProfile, newTab } from "./support/chromium.js";
import { CHROMIUM_IS_MISSING, chromiumPath } from "./support/programs.js";
import {
  createWindowDriver,
  WINDOW_COMMANDS,
  windowOffers,
  type PlantedFault,
} from "./support/window-under-model.js";

let browser: Browser;
beforeAll(async () => {
  if (chromiumPath) browser = await launchChromium();
});
afterAll(() => browser?.close());
beforeEach((context) => context.skip(chromiumPath === undefined, CHROMIUM_IS_MISSING));

async function cover(fault?: PlantedFault): Promise<CoverReport> {
  const { page } = await newTab(await newProfile(browser));
  return coverModel({
    driver: await createWindowDriver(page, fault),
    commands: WINDOW_COMMANDS,
    offers: windowOffers,
    // The page shows no codes: its client is asked for none.
    config: { flow: "loopback" },
    patienceMs: 500,
    mostFailures: 1,
    walks: { count: 3 },
    seed: 1,
  });
}

it("shows every state as it is, and this test would notice if it did not", { timeout: 300_000 }, async () => {
  const report = await cover();
  expect(report.verdict, report.table).toBe("passed");
});

const planted: Readonly<Record<string, PlantedFault>> = {
  "an error is not shown": { file: "signed-out.tsx", from: "{isFault && <Notice", to: "{false && <Notice" },
  "that no browser opened is not shown": {
    file: "waiting.tsx",
    from: '{browser === "failed" && (',
    to: "{false && (",
  },
  "a failed refresh is not shown": {
    file: "signed-in.tsx",
    from: '{"degraded" in state && state.degraded && <',
    to: "{false && <",
  },
  "the session that stays is not shown": {
    file: "app.tsx",
    from: 'if (state.status === "awaiting-callback" || state.status === "exchanging") return state.base;',
    to: "",
  },
  "the button to cancel stays while the code is exchanged": {
    file: "app.tsx",
    from: 'case "exchanging":\n      return <Busy title="Almost there" text="Your browser is back. Collecting your session." />;',
    to: 'case "exchanging":\n      return <><Busy title="Almost there" text="" /><button onClick={() => auth.cancel()}>Cancel</button></>;',
  },
  "signing out is not handled": {
    file: "app.tsx",
    from: 'case "logging-out":\n      return (',
    to: 'case "logging-out":\n      return null; return (',
  },
  "looking for a session is taken for there being none": {
    file: "app.tsx",
    from: 'return <Busy title="One moment" text="Looking for your session." />;',
    to: "return <SignedOut auth={auth} reason={undefined} can={['signIn']} />;",
  },
  "the button to cancel does nothing": {
    file: "waiting.tsx",
    from: "onClick={() => auth.cancel()}",
    to: "onClick={() => {}}",
  },
  "the button to sign out does nothing": {
    file: "signed-in.tsx",
    from: "void auth.signOut().catch(",
    to: "void Promise.resolve().catch(",
  },
  "there is no button to sign out": {
    file: "person.tsx",
    from: "{onSignOut && <button onClick={onSignOut}>Sign out</button>}",
    to: "",
  },
  "finding the server is taken for waiting": {
    file: "waiting.tsx",
    from: 'step === "preparing"',
    to: "false",
  },
};

describe("a fault that is put into a copy is found:", () => {
  it.each(Object.entries(planted))("%s", { timeout: 120_000 }, async (_, fault) => {
    const report = await cover(fault);
    expect(report.verdict, report.table).toBe("failed");
  });
});

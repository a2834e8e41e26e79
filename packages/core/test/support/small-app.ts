// A small app that is signed in to, with a screen of lines and buttons; and copies of it with a fault in each.
import type { AuthClient, AuthState, Command } from "../../src/index.js";
import type { ModelDriver, ModelSetting, Seen } from "../../src/testing/index.js";

interface Screen {
  readonly lines: readonly string[];
  readonly buttons: readonly Command[];
}

/** What is wrong with a copy. */
export interface SmallAppFault {
  readonly screen?: (screen: Screen, state: AuthState) => Screen;
  readonly press?: (command: Command, client: AuthClient) => boolean;
  /** Whether it draws what it is told. */
  readonly draws?: (state: AuthState) => boolean;
}

const TITLES = {
  restoring: "Looking for your session",
  idle: "Welcome",
  preparing: "Getting ready",
  waiting: "Finish in your browser",
  device: "Enter the code",
  exchanging: "Almost there",
  authenticated: "Signed in",
  refreshing: "Signed in, renewing",
  "logging-out": "Signing out",
  "logged-out": "Signed out",
} as const;
const KEPT = "You stay signed in meanwhile.";
const NO_BROWSER = "No browser could be opened.";
const OFFLINE = "Could not renew";

function draw(state: AuthState): Screen {
  const lines: string[] = [TITLES["step" in state ? state.step : state.status]];
  if ("base" in state && state.base) lines.push(KEPT);
  if ("browser" in state && state.browser === "failed") lines.push(NO_BROWSER);
  if ("url" in state && state.url) lines.push(`Address: ${state.url}`);
  if ("device" in state && state.device) lines.push(`Code: ${state.device.userCode}`);
  if ("degraded" in state && state.degraded) lines.push(`${OFFLINE}: ${state.degraded.message}`);
  if ("reason" in state && state.reason) lines.push(`Why: ${state.reason.message}`);
  return { lines, buttons: state.can };
}

/** The app's driver: it reads lines and buttons, and presses them. */
export function smallApp(fault: SmallAppFault = {}): ModelDriver {
  let screen: Screen = { lines: [], buttons: [] };
  let setting: ModelSetting | undefined;
  let stop = (): void => {};

  function show(state: AuthState): void {
    if (fault.draws?.(state) === false) return;
    const drawn = draw(state);
    screen = fault.screen?.(drawn, state) ?? drawn;
  }

  function press(command: Command): void {
    const { client, pastedAddress } = setting!;
    if (!screen.buttons.includes(command)) throw new Error(`There is no button ${command}`);
    if (fault.press?.(command, client)) return;
    if (command === "signIn") client.signIn().catch(() => {});
    else if (command === "signOut") client.signOut().catch(() => {});
    else if (command === "submitRedirect") client.submitRedirect(pastedAddress());
    else client[command]();
  }

  return {
    create(given) {
      setting = given;
      stop = given.client.subscribe(show);
      show(given.client.getState());
    },
    do: press,
    see: () => read(screen),
    dispose: () => stop(),
  };
}

/** What a person reads. */
function read({ lines, buttons }: Screen): Seen {
  const title = Object.entries(TITLES).find(([, text]) => text === lines[0])?.[0] ?? "nothing";
  const isStep = title === "preparing" || title === "waiting" || title === "device";
  const after = (start: string): string | undefined =>
    lines.find((line) => line.startsWith(start))?.slice(start.length);
  return {
    status: (isStep ? "awaiting-callback" : title) as AuthState["status"],
    step: isStep ? title : undefined,
    can: buttons,
    base: lines.includes(KEPT),
    browser: lines.includes(NO_BROWSER) ? "failed" : undefined,
    url: after("Address: "),
    device: after("Code: "),
    degraded: after(OFFLINE),
    reason: after("Why: "),
  };
}

const without =
  (start: string) =>
  (screen: Screen): Screen => ({
    ...screen,
    lines: screen.lines.filter((line) => !line.startsWith(start)),
  });
const title =
  (from: keyof typeof TITLES, to: keyof typeof TITLES) =>
  (screen: Screen): Screen => ({
    ...screen,
    lines: screen.lines.map((line) => (line === TITLES[from] ? TITLES[to] : line)),
  });

/** Faults that apps have. */
export const SMALL_APP_FAULTS: Readonly<Record<string, SmallAppFault>> = {
  "an error is not shown": { screen: without("Why: ") },
  "a failed refresh is not shown": { screen: without(OFFLINE) },
  "the address is not shown": { screen: without("Address: ") },
  "the code is not shown": { screen: without("Code: ") },
  "that no browser opens is not shown": { screen: without(NO_BROWSER) },
  "the session that stays is not shown": { screen: without(KEPT) },
  "a button to cancel stays": {
    screen: (screen, { status }) => (status === "exchanging" ? { ...screen, buttons: ["cancel"] } : screen),
  },
  "there is no way to sign out while it refreshes": {
    screen: (screen, { status }) => (status === "refreshing" ? { ...screen, buttons: [] } : screen),
  },
  "signing out is not handled": { draws: ({ status }) => status !== "logging-out" },
  "the exchange is taken for success": { screen: title("exchanging", "authenticated") },
  "the button for a code does nothing": { press: (command) => command === "useDeviceCode" },
  "signing in again cancels": {
    press: (command, client) => {
      if (command !== "signIn" || !("session" in client.getState())) return false;
      client.signIn().catch(() => {});
      queueMicrotask(() => client.cancel());
      return true;
    },
  },
  "the end of the session is shown as a welcome": { screen: title("logged-out", "idle") },
};

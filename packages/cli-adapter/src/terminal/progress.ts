// What is shown while a person signs in or out: the address, always, and what is waited for. All of it on stderr.
import type { AuthClient, AuthState, DeviceCode } from "@loopkey/core";
import { elsewhereLines } from "./elsewhere.js";
import { takePastedRedirect } from "./inside/pasting.js";
import { createStatusLine } from "./inside/status-line.js";
import type { CommandIO } from "./io.js";
import { clean } from "./text.js";

/** A person who is known at the server is back by then. */
const SILENCE_MS = 30_000;

export interface Display {
  stop(): void;
}

/** Shows a sign-in from the address to its end. */
export async function showSignIn(
  client: AuthClient,
  io: CommandIO,
  { openBrowser, takesPaste }: { readonly openBrowser: boolean; readonly takesPaste: boolean },
): Promise<Display> {
  const line = await createStatusLine(io);
  let shownUrl: string | undefined;
  let shownCode: string | undefined;
  let shownStep: string | undefined;
  let saidNoBrowser = false;
  let takesLines = false;
  let timer: NodeJS.Timeout | undefined;
  let waitsSince: number | undefined;
  let saidGuess = false;

  function step(name: string, text: string): void {
    if (shownStep === name) return line.update(text);
    shownStep = name;
    line.step(text);
  }

  function waiting(state: AuthState & { readonly status: "awaiting-callback" }): void {
    const { url, browser, device, deadline } = state;
    if (url === undefined && device === undefined) return step("preparing", "Getting ready");
    if (url !== undefined && url !== shownUrl) {
      line.lines([introduction(shownUrl !== undefined), `  ${clean(url)}`]);
      if (shownUrl === undefined) line.lines(elsewhereLines(url, io.env, takesPaste));
      shownUrl = url;
      offerPasting();
    }
    if (browser === "failed" && !saidNoBrowser) {
      saidNoBrowser = true;
      line.lines(["No browser could be opened. Open the address above yourself."]);
    }
    if (device && device.userCode !== shownCode) {
      shownCode = device.userCode;
      line.lines(deviceLines(device, url !== undefined));
    }
    timer ??= setInterval(() => show(client.getState()), 1_000);
    if (device) {
      const left = remaining(Math.min(deadline, device.expiresAt));
      return step("device", `Waiting for you to enter the code, ${left} left`);
    }
    if (openBrowser && browser === undefined) return step("opening", "Opening your browser");
    guessAtSilence(url);
    step("waiting", `Waiting for you in the browser, ${remaining(deadline)} left`);
  }

  /** Mostly the server shows an error page by now, which nobody here can see. */
  function guessAtSilence(url: string | undefined): void {
    waitsSince ??= Date.now();
    if (saidGuess || Date.now() - waitsSince < SILENCE_MS) return;
    saidGuess = true;
    line.lines(guessLines(url));
  }

  /** Always: that a browser was started says nothing of where it is, or of what it shows. */
  function offerPasting(): void {
    if (!takesLines || shownUrl === undefined) return;
    line.lines(["If your browser cannot open its last page, paste the address of that page here."]);
  }

  function introduction(isRenewed: boolean): string {
    if (isRenewed) return "That address is good for a short time only. From now on, go to:";
    return openBrowser ? "If your browser does not open, go to:" : "To sign in, open this in a browser:";
  }

  function show(state: AuthState): void {
    if (state.status === "awaiting-callback") waiting(state);
    else if (state.status === "exchanging") step("finishing", "Finishing");
  }

  /** At the beginning, and whenever the person comes back to it. */
  function onKeyboard(): void {
    takesLines = true;
    offerPasting();
  }

  const unsubscribe = client.subscribe(show);
  const stopPasting = takesPaste ? takePastedRedirect(client, io, onKeyboard) : () => {};
  return {
    stop() {
      stopPasting();
      clearInterval(timer);
      unsubscribe();
      line.stop();
    },
  };
}

export interface SignOutDisplay extends Display {
  /** Whether the browser was sent to the server. */
  readonly hasVisit: boolean;
}

/** Shows the browser's visit to the server, if there is one. */
export async function showSignOut(client: AuthClient, io: CommandIO): Promise<SignOutDisplay> {
  const line = await createStatusLine(io);
  let shownUrl: string | undefined;
  const unsubscribe = client.subscribe((state) => {
    if (state.status !== "logging-out" || state.url === undefined || state.url === shownUrl) return;
    shownUrl = state.url;
    line.lines(["Signing out in the browser too. If it does not open, go to:", `  ${clean(state.url)}`]);
    line.step("Waiting for the browser");
  });
  return {
    get hasVisit() {
      return shownUrl !== undefined;
    },
    stop() {
      unsubscribe();
      line.stop();
    },
  };
}

/** What is wrong most often, by name. A pushed request has none of it in its address. */
function guessLines(address: string | undefined): string[] {
  const parameters =
    address !== undefined && URL.canParse(address) ? new URL(address).searchParams : undefined;
  const redirectUri = parameters?.get("redirect_uri") ?? undefined;
  const clientId = parameters?.get("client_id") ?? undefined;
  const client = clientId === undefined ? "this client" : `the client ${clean(clientId)}`;
  const uri = redirectUri === undefined ? "the redirect URI" : clean(redirectUri);
  return [
    "Nothing has come back yet. If the browser shows an error of the server:",
    `  is ${uri} registered for ${client}, with this port or any?`,
    "  Is the client id right, and of a native (public) app?",
  ];
}

function deviceLines(
  { userCode, verificationUri, verificationUriComplete }: DeviceCode,
  isBesideBrowser: boolean,
): string[] {
  const lines = [
    isBesideBrowser ? "Or, on any device, go to:" : "To sign in, go to this address on any device:",
    `  ${clean(verificationUri)}`,
    "and enter this code:",
    `  ${clean(userCode)}`,
  ];
  return verificationUriComplete === undefined
    ? lines
    : [...lines, "Or open the address with the code in it:", `  ${clean(verificationUriComplete)}`];
}

function remaining(deadline: number): string {
  const seconds = Math.max(0, Math.round((deadline - Date.now()) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

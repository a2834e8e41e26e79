// What an app shows, against what is so.
import type { AuthState, Command } from "../../client/state.js";
import type { Reason } from "../../ground/errors.js";
import type { StateName } from "./public-state.js";
import type { AuthErrorCode } from "../../ground/error-codes.js";

/** What a driver reads off its app's screen. What is left out is not looked at; what is there and undefined, false or "", is not shown. */
export interface Seen {
  /** Several, where the app shows them alike on purpose. */
  readonly status: AuthState["status"] | readonly AuthState["status"][];
  readonly step?: "preparing" | "waiting" | "device" | undefined;
  /** The commands that a person could give now. */
  readonly can?: readonly Command[];
  /** Whether it shows that a session stays while somebody signs in. */
  readonly base?: boolean;
  /** Whether it shows that the last refresh has failed. */
  readonly degraded?: boolean | string | undefined;
  /** The text of the reason to be signed out: with its code, its message, or what `words` makes of it. */
  readonly reason?: string | null | undefined | false;
  /** Whether it shows that no browser could be opened. */
  readonly browser?: "opened" | "failed" | undefined;
  /** The text with the address for the person's browser. */
  readonly url?: string | null | undefined | false;
  /** The text with the code for another device. */
  readonly device?: string | null | undefined | false;
}

export type HiddenFact = Exclude<keyof Seen, "status">;

/** How an app shows what it shows. */
export interface Showing {
  /** Which commands the app has. @default all */
  readonly commands: readonly Command[];
  /** Where the app leaves a command out on purpose: whether it has it in this state. @default always */
  readonly offers?: ((command: Command, state: AuthState) => boolean) | undefined;
  /** Facts that the app has no place for: they are not compared, and no lie is told about them. @default [] */
  readonly hides: readonly HiddenFact[];
  /** Reasons that the app may leave out, such as that the person has cancelled. @default ["cancelled", "signed_out"] */
  readonly quietAbout: readonly AuthErrorCode[];
  /** States that the app shows alike on purpose: one is no lie about another. @default [] */
  readonly alike: readonly (readonly StateName[])[];
  /** The app's own words for a reason. @default its message or its code */
  readonly words?: ((reason: Reason) => string) | undefined;
}

/** What is not shown as it is, in sentences. */
export function differences(seen: Seen, state: AuthState, showing: Showing): readonly string[] {
  const found: string[] = [];
  const looksAt = (name: keyof Seen): boolean =>
    Object.hasOwn(seen, name) && !showing.hides.some((hidden) => hidden === name);
  const statuses = ([] as string[]).concat(seen.status ?? []);
  if (statuses.length > 0 && !statuses.includes(state.status))
    found.push(`it shows ${statuses.join(" or ")}, and is ${state.status}`);
  const step = "step" in state ? state.step : undefined;
  if (looksAt("step") && seen.step !== step) found.push(`it shows the step ${seen.step}, and is at ${step}`);
  if (seen.can && looksAt("can")) found.push(...wrongCommands(seen.can, state, showing));
  const hasBase = "base" in state && state.base !== undefined;
  if (looksAt("base") && Boolean(seen.base) !== hasBase)
    found.push(hasBase ? "it hides the session that stays" : "it shows a session that is none");
  const isDegraded = "degraded" in state && state.degraded !== undefined;
  if (looksAt("degraded") && Boolean(seen.degraded) !== isDegraded)
    found.push(
      isDegraded ? "it hides that the refresh has failed" : "it shows a failed refresh, and there was none",
    );
  if (looksAt("reason")) found.push(...wrongReason(textOf(seen.reason), state, showing));
  const isFailed = "browser" in state && state.browser === "failed";
  if (looksAt("browser") && (seen.browser === "failed") !== isFailed)
    found.push(
      isFailed
        ? "it hides that no browser has opened"
        : "it shows that no browser has opened, and one may have",
    );
  const address = "url" in state ? state.url : undefined;
  if (looksAt("url") && address !== undefined && !textOf(seen.url).includes(address))
    found.push("it does not show the address");
  const code = "device" in state ? state.device?.userCode : undefined;
  if (looksAt("device") && (code === undefined ? Boolean(seen.device) : !textOf(seen.device).includes(code)))
    found.push(code === undefined ? "it shows a code, and there is none" : "it does not show the code");
  return found;
}

function textOf(shown: unknown): string {
  return typeof shown === "string" ? shown : shown ? JSON.stringify(shown) : "";
}

function wrongCommands(
  can: readonly Command[],
  state: AuthState,
  { commands, offers = () => true }: Showing,
): string[] {
  const missing = commands.filter(
    (command) => state.can.includes(command) && offers(command, state) && !can.includes(command),
  );
  const tooMany = can.filter((command) => !state.can.includes(command));
  return [
    ...missing.map((command) => `${command} is not to be had`),
    ...tooMany.map((command) => `${command} is to be had, and cannot be done`),
  ];
}

function wrongReason(text: string, state: AuthState, { quietAbout, words }: Showing): string[] {
  const reason = "reason" in state ? state.reason : undefined;
  if (!reason) return text === "" ? [] : [`it shows a reason, and there is none: ${text}`];
  if (text === "" && quietAbout.includes(reason.code)) return [];
  const expected = words ? [words(reason)] : [reason.message, reason.code];
  if (expected.some((each) => text.includes(each))) return [];
  return [
    text === ""
      ? `it hides the reason ${reason.code}`
      : `it shows another reason than ${reason.code}: ${text}`,
  ];
}

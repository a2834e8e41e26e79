// What was refused to a window, for the app to hear of.

/** Something that a window asked for, or that came from where none is served. Holds nothing of what was sent. */
export interface Refusal {
  /**
   * - `not_a_window`: a `webview` or another guest
   * - `window_not_named`: a window that was not given to `addWindow`
   * - `not_main_frame`: a frame within a page
   * - `wrong_origin`: another document than those of `origins`
   * - `malformed`: what this version's preload does not send
   * - `not_allowed`: a command or a request that the options do not allow
   * - `too_many`: more at once than a document may have
   * - `cut_off`: so many of these that the document is not heard any more
   */
  readonly code:
    | "not_a_window"
    | "window_not_named"
    | "not_main_frame"
    | "wrong_origin"
    | "malformed"
    | "not_allowed"
    | "too_many"
    | "cut_off";
  readonly message: string;
  /** Of the document, where it is known: without path, query and fragment. */
  readonly origin?: string;
}

const MESSAGES: Readonly<Record<Refusal["code"], string>> = {
  not_a_window: "Something that is no window, such as a webview, asked for the session",
  window_not_named: "A window that was not given to addWindow asked for the session",
  not_main_frame: "A frame within a page asked for the session",
  wrong_origin: "A document of another origin asked for the session",
  malformed: "A window sent a message that is none",
  not_allowed: "A window asked for what it may not",
  too_many: "A window asked for too much at once",
  cut_off: "A window was refused so often that it is not heard any more",
};

export function refusal(code: Refusal["code"], origin: string | undefined, detail?: string): Refusal {
  const message = `${MESSAGES[code]}${detail === undefined ? "" : ` (${detail})`}.`;
  return { code, message, ...(origin !== undefined && { origin: origin.slice(0, 200) }) };
}

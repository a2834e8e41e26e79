// The options of serveAuth: checked in full, defaults filled in once.
import type { ElectronMain } from "../electron.js";
import { createFetchRules, type CheckRequest, type FetchRule } from "./fetch-rules.js";
import { createOrigins, type IsOwn } from "./origins.js";
import type { Refusal } from "./refusals.js";
import { ALLOWED, type Allowed, type View } from "./window-state.js";

export interface ServeAuthOptions {
  /**
   * Where the app's own documents come from, exactly: `https://notes.example`, `http://localhost:5173`, `app://notes` for a
   * protocol of the app's, registered as standard; of a file its whole address, as `pathToFileURL(path).href` gives it.
   */
  readonly origins: readonly string[];
  /** Claims that windows may see, by name, of the session and of `userInfo`; `subject` goes with `sub`. @default none */
  readonly claims?: readonly string[];
  /**
   * What a hostile page could use to sign the person in as somebody else, and crosses only when it is named: `url`, the
   * address for the person's browser (never that of a sign-out); `submitRedirect`; `useDeviceCode`, with the code.
   * @default none
   */
  readonly allow?: readonly Allowed[];
  /** Which requests windows may make with the person's token. The issuer's origin is one like any other. @default none */
  readonly fetch?: readonly FetchRule[];
  /** Told what was refused. A document that is refused 100 times is not heard any more. */
  readonly onRefused?: (refusal: Refusal) => void;
  /** Serves no more, and leaves the app's events alone, once it is aborted. @default as long as the app runs */
  readonly signal?: AbortSignal;
  /** In place of Electron's: the double, in a test. */
  readonly electron?: ElectronMain;
}

const OPTIONS = [
  "origins",
  "claims",
  "allow",
  "fetch",
  "onRefused",
  "signal",
  "electron",
] as const satisfies (keyof ServeAuthOptions)[];

export interface ResolvedServeOptions {
  readonly isOwn: IsOwn;
  readonly view: View;
  readonly check: CheckRequest;
  readonly onRefused: (refusal: Refusal) => void;
  readonly signal: AbortSignal;
}

export function resolveServeOptions(options: ServeAuthOptions): ResolvedServeOptions {
  const unknown = Object.keys(options).find((name) => !(OPTIONS as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw new TypeError(
      `serveAuth has no option ${JSON.stringify(unknown)}. It takes ${OPTIONS.join(", ")}.`,
    );
  const { origins, claims = [], allow = [], fetch = [], onRefused = () => {}, signal } = options;
  if (!Array.isArray(claims) || !claims.every((name) => typeof name === "string"))
    throw new TypeError('claims is no list of names. Write such as ["sub", "name"].');
  if (!Array.isArray(allow) || !allow.every((name) => ALLOWED.includes(name)))
    throw new TypeError(`allow is no list of ${ALLOWED.map((name) => JSON.stringify(name)).join(", ")}.`);
  if (typeof onRefused !== "function") throw new TypeError("onRefused is not a function.");
  return {
    isOwn: createOrigins(origins),
    view: { claims: [...claims], allow: new Set(allow) },
    check: createFetchRules(fetch),
    onRefused,
    signal: signal ?? new AbortController().signal,
  };
}

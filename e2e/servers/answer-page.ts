// What a person does on the pages of a server: each server here says it for its own.
import type { HttpBrowser, Page, Submission } from "./http-browser.js";

/** What the person has in their hands when a page asks. */
export interface Hands {
  readonly username: string;
  /** The next one to type. Throws when the server asks once more than expected. */
  readonly password: () => string;
  readonly consent: "allow" | "refuse";
  /** For pages whose script talks to the server. */
  readonly browser: HttpBrowser;
}

/** What to do on a page: `leave` where the server does not go on; undefined for a page that is not expected. */
type Answer = Submission | "leave" | undefined;

export type AnswerPage = (page: Page, hands: Hands) => Answer | Promise<Answer>;

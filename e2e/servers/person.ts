// A person with a browser of their own, who knows a password and what they want.
import { textOf } from "./html-form.js";
import { createHttpBrowser, type HttpBrowser, type Page, type Submission } from "./http-browser.js";
import type { StartedServer } from "./server.js";

export interface Intention {
  /** @default that of the server's account */
  readonly username?: string;
  /** What is typed, in this order, each time a password is asked for. @default the right one, once */
  readonly passwords?: readonly string[];
  /** @default "allow" */
  readonly consent?: "allow" | "refuse";
}

/** What the person has in their hands when a page asks. */
export interface Hands {
  readonly username: string;
  /** The next one to type. Throws when the server asks once more than expected. */
  readonly password: () => string;
  readonly consent: "allow" | "refuse";
  /** For pages whose script talks to the server. */
  readonly browser: HttpBrowser;
}

/** What to do on a page of the server; undefined where nothing is asked. */
export type AnswerPage = (
  page: Page,
  hands: Hands,
) => Submission | undefined | Promise<Submission | undefined>;

export interface Person {
  /** Goes there and answers what is asked. Resolves with the page on which nothing is asked any more. */
  walk(url: string, intention?: Intention): Promise<Page>;
  /** How often a password was typed so far. */
  passwordsTyped(): number;
}

const MOST_PAGES = 10;

export function createPerson({ origin, account, answerPage }: StartedServer): Person {
  const browser = createHttpBrowser();
  let typed = 0;
  return {
    passwordsTyped: () => typed,
    async walk(url, { username = account.username, passwords = [account.password], consent = "allow" } = {}) {
      const left = [...passwords];
      const hands: Hands = {
        username,
        consent,
        browser,
        password() {
          const next = left.shift();
          if (next === undefined) throw new Error("The server asks for the password again");
          typed += 1;
          return next;
        },
      };
      let page = await browser.open({ url: new URL(url) });
      for (let pages = 0; pages < MOST_PAGES; pages += 1) {
        // The app's own page: the person is back.
        if (page.url.origin !== origin) return page;
        // oxlint-disable-next-line no-await-in-loop
        const next = await answerPage(page, hands);
        if (next === undefined) return page;
        // oxlint-disable-next-line no-await-in-loop
        page = await browser.open(next);
      }
      throw new Error(`The server asks more than ${MOST_PAGES} times: ${textOf(page.html)}`);
    },
  };
}

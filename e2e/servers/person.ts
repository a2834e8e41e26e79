// A person with a browser of their own, who knows a password and what they want.
import type { Hands } from "./answer-page.js";
import { textOf } from "./html-form.js";
import { createHttpBrowser, type Page } from "./http-browser.js";
import type { StartedServer } from "./server.js";

export interface Intention {
  /** @default that of the server's account */
  readonly username?: string;
  /** What is typed, in this order, each time a password is asked for. @default the right one, once */
  readonly passwords?: readonly string[];
  /** @default "allow" */
  readonly consent?: "allow" | "refuse";
}

export interface Person {
  /** Goes there and answers what is asked, until the server sends them back. Resolves with the last page. */
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
        if (next === "leave") return page;
        if (next === undefined)
          throw new Error(`Nothing to do at ${page.url.pathname} (${page.status}): ${textOf(page.html)}`);
        // oxlint-disable-next-line no-await-in-loop
        page = await browser.open(next);
      }
      throw new Error(`The server asks more than ${MOST_PAGES} times: ${textOf(page.html)}`);
    },
  };
}

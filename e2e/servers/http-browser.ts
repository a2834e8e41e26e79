// A browser without a window: keeps cookies, follows redirects, and sends forms off.
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";

export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly html: string;
}

export interface Submission {
  readonly url: URL;
  /** Absent: just go there. */
  readonly form?: URLSearchParams;
  /** What a page's script would send, in place of a form. */
  readonly json?: { readonly method: "POST" | "PUT" | "DELETE"; readonly body: object };
}

export interface HttpBrowser {
  /** Resolves with the page on which the redirects end. */
  open(submission: Submission): Promise<Page>;
}

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly html: string;
}

const MOST_REDIRECTS = 20;

export function createHttpBrowser(): HttpBrowser {
  const cookies = createCookieJar();

  async function open({ url, form, json }: Submission): Promise<Answer> {
    const body = json ? JSON.stringify(json.body) : form?.toString();
    const type = json ? "application/json" : "application/x-www-form-urlencoded";
    // Not fetch: it says of itself that it is none that navigates, and servers answer a script otherwise than a person.
    const sent = request(url, {
      agent: false,
      method: json?.method ?? (form ? "POST" : "GET"),
      headers: {
        accept: json ? "application/json" : "text/html",
        cookie: cookies.headerFor(url),
        "sec-fetch-mode": json ? "cors" : "navigate",
        // Some servers take a form from no other origin.
        ...(body !== undefined && { "content-type": type, origin: url.origin, referer: url.href }),
      },
    }).end(body);
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    const { statusCode: status = 0, headers } = response;
    cookies.store(url, headers["set-cookie"] ?? []);
    return { status, location: headers.location, html: await text(response) };
  }

  return {
    async open(submission) {
      let { url } = submission;
      let answer = await open(submission);
      for (let redirects = 0; redirects < MOST_REDIRECTS; redirects += 1) {
        const { status, location, html } = answer;
        if (location === undefined) return { url, status, html };
        url = new URL(location, url);
        // oxlint-disable-next-line no-await-in-loop
        answer = await open({ url });
      }
      throw new Error(`No end after ${MOST_REDIRECTS} redirects, the last to ${url.origin}${url.pathname}`);
    },
  };
}

interface Cookie {
  readonly host: string;
  readonly path: string;
  readonly name: string;
  readonly value: string;
}

// As much of RFC 6265 as these servers need. Ports are not kept apart, as in browsers.
function createCookieJar() {
  const cookies = new Map<string, Cookie>();
  return {
    headerFor({ hostname, pathname }: URL): string {
      return [...cookies.values()]
        .filter(({ host, path }) => host === hostname && isWithin(pathname, path))
        .map(({ name, value }) => `${name}=${value}`)
        .join("; ");
    },
    store({ hostname: host }: URL, headers: readonly string[]): void {
      for (const header of headers) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(header) ?? [];
        const path = /; *path=([^;]*)/i.exec(header)?.[1] ?? "/";
        const expires = Date.parse(/; *expires=([^;]*)/i.exec(header)?.[1] ?? "");
        const isOver = /; *max-age=0/i.test(header) || expires <= Date.now();
        const key = JSON.stringify([host, path, name]);
        if (isOver) cookies.delete(key);
        else cookies.set(key, { host, path, name, value });
      }
    },
  };
}

function isWithin(pathname: string, path: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith("/") ? path : `${path}/`);
}

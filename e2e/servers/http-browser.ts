// A browser without a window: keeps cookies, follows redirects, and sends forms off.

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

const MOST_REDIRECTS = 20;

export function createHttpBrowser(): HttpBrowser {
  const cookies = createCookieJar();

  async function request({ url, form, json }: Submission): Promise<Response> {
    const response = await fetch(url, {
      method: json?.method ?? (form === undefined ? "GET" : "POST"),
      redirect: "manual",
      headers: {
        accept: "text/html,application/json",
        cookie: cookies.headerFor(url),
        // Some servers take a form from no other origin.
        ...((form ?? json) && { origin: url.origin, referer: url.href }),
        ...(json && { "content-type": "application/json" }),
      },
      ...(form && { body: form }),
      ...(json && { body: JSON.stringify(json.body) }),
    });
    cookies.store(url, response.headers.getSetCookie());
    return response;
  }

  return {
    async open(submission) {
      let { url } = submission;
      let response = await request(submission);
      for (let redirects = 0; redirects < MOST_REDIRECTS; redirects += 1) {
        // oxlint-disable-next-line no-await-in-loop
        const html = await response.text();
        const location = response.headers.get("location");
        if (location === null) return { url, status: response.status, html };
        url = new URL(location, url);
        // oxlint-disable-next-line no-await-in-loop
        response = await request({ url });
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

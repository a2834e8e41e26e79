// Plays the person and their browser by HTTP, for tests and demos without one: keeps cookies, fills in the forms.

export type Decision =
  | "allow"
  /** Signs in if asked to, then presses "Deny". */
  | "deny"
  /** Presses "Cancel" on the login page or at the second step, "This is not my app" where a device code is shown. */
  | "cancel";

export interface PersonOptions {
  readonly username: string;
  readonly password: string;
  /** For the second step, where one is asked for. */
  readonly oneTimeCode?: string;
}

export interface FollowOptions {
  /** @default "allow" */
  readonly decision?: Decision;
  /** Types another name and password into the same browser. @default the person */
  readonly as?: PersonOptions;
  /** Typed in at a device code's `verification_uri`; `verification_uri_complete` brings it along. */
  readonly userCode?: string;
  /** Goes on without the second step: the sign-in is a weaker one than was asked for. @default false */
  readonly skipSecondStep?: boolean;
  readonly signal?: AbortSignal;
}

export interface Person {
  /**
   * Goes where a browser would go from `url`, answering every page, until a redirect leaves the server.
   *
   * Resolves with that redirect's URL, which is not fetched, or with the URL of the page it ends on (a logout
   * without a way back, a device code). Rejects when a page says no: a wrong password or code, an error page.
   */
  follow(url: string | URL, options?: FollowOptions): Promise<string>;
  /**
   * Every page shown so far (`login`, `second-step`, `consent`, `message`; of a device code `device-code`,
   * `device-confirm`, and in the end `device-allowed`, `-denied` or `-failed`): nothing new means nothing was asked.
   */
  readonly pagesSeen: readonly string[];
}

/** Pages with something to type in: shown a second time, they say that it was wrong. */
const TYPED = ["login", "second-step", "device-code"];

interface Page {
  readonly url: URL;
  readonly status: number;
  readonly html: string;
}

interface Step {
  readonly url: URL;
  readonly form?: URLSearchParams;
}

/** A person with a browser profile of their own: the second `follow` is a single sign-on if the first signed in. */
export function createPerson(self: PersonOptions): Person {
  const cookies = createCookieJar();
  const pagesSeen: string[] = [];

  async function follow(start: string | URL, { signal, ...options }: FollowOptions = {}): Promise<string> {
    const { origin } = new URL(start);
    const given = new Set<string>();
    let step: Step = { url: new URL(start) };
    for (let steps = 0; steps < 20; steps += 1) {
      const response = await request(step, signal);
      const location = response.headers.get("location");
      if (location !== null) {
        step = { url: new URL(location, step.url) };
        await response.body?.cancel();
        if (step.url.origin !== origin) return location;
        continue;
      }
      const page = { url: step.url, status: response.status, html: await response.text() };
      const name = /data-page="([\w-]+)"/.exec(page.html)?.[1] ?? "other";
      pagesSeen.push(name);
      const form = /<form\b.*?<\/form>/s.exec(page.html)?.[0];
      if (form === undefined || given.has(name)) {
        if (page.status < 400) return page.url.href;
        throw new Error(`The server answered ${page.status}: ${textOf(page.html)}`);
      }
      if (TYPED.includes(name) && !(name === "login" && options.decision === "cancel")) given.add(name);
      step = fillIn(page, form, name, options);
    }
    throw new Error(`No end after 20 steps from ${origin}`);
  }

  async function request({ url, form }: Step, signal: AbortSignal | undefined): Promise<Response> {
    const response = await fetch(url, {
      method: form === undefined ? "GET" : "POST",
      redirect: "manual",
      headers: { accept: "text/html", cookie: cookies.headerFor(url) },
      ...(form !== undefined && { body: form }),
      ...(signal !== undefined && { signal }),
    });
    cookies.store(url, response.headers.getSetCookie());
    return response;
  }

  function fillIn(page: Page, html: string, name: string, options: FollowOptions): Step {
    const { decision = "allow", as = self, userCode, skipSecondStep = false } = options;
    const form = new URLSearchParams();
    for (const [input] of html.matchAll(/<input\b[^>]*>/g))
      form.set(attribute(input, "name")!, attribute(input, "value") ?? "");
    if (name === "login") {
      form.set("username", as.username);
      form.set("password", as.password);
      form.set("decision", decision === "cancel" ? "cancel" : "sign-in");
    }
    if (name === "second-step") {
      form.set("one_time_code", as.oneTimeCode ?? "");
      const go = skipSecondStep ? "skip" : "confirm";
      form.set("decision", decision === "cancel" ? "cancel" : go);
    }
    if (name === "device-code" && userCode !== undefined) form.set("user_code", userCode);
    if (name === "device-confirm") form.set(decision === "cancel" ? "abort" : "confirm", "yes");
    if (name === "consent") form.set("decision", decision === "allow" ? "allow" : "deny");
    return { url: new URL(attribute(html, "action") ?? page.url, page.url), form };
  }

  return { follow, pagesSeen };
}

/** Signs a person in who has never been here: see `Person.follow`. */
export function signInByHttp(
  authorizationUrl: string | URL,
  { username, password, ...options }: PersonOptions & FollowOptions,
): Promise<string> {
  return createPerson({ username, password }).follow(authorizationUrl, options);
}

interface Cookie {
  readonly host: string;
  readonly path: string;
  readonly name: string;
  readonly value: string;
}

// As much of RFC 6265 as a sign-in needs: names, paths and deletion.
function createCookieJar() {
  const cookies = new Map<string, Cookie>();
  return {
    headerFor({ host, pathname }: URL): string {
      return [...cookies.values()]
        .filter((cookie) => cookie.host === host && isWithin(pathname, cookie.path))
        .map(({ name, value }) => `${name}=${value}`)
        .join("; ");
    },
    store({ host }: URL, headers: readonly string[]): void {
      for (const header of headers) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(header)!;
        const path = /; *path=([^;]*)/i.exec(header)?.[1] ?? "/";
        const expires = /; *expires=([^;]*)/i.exec(header)?.[1];
        const key = JSON.stringify([host, path, name]);
        if (expires !== undefined && Date.parse(expires) <= Date.now()) cookies.delete(key);
        else cookies.set(key, { host, path, name: name!, value: value! });
      }
    },
  };
}

function isWithin(pathname: string, path: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith("/") ? path : `${path}/`);
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`^<[^>]*\\s${name}="([^"]*)"`).exec(tag)?.[1];
  return value?.replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, entity: string) => CHARACTERS[entity]!);
}

const CHARACTERS: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };

function textOf(html: string): string {
  const alert = /<[^>]*role="alert".*?<\/\w+>/s.exec(html)?.[0];
  const main = /<main>.*<\/main>/s.exec(html)?.[0];
  return (alert ?? main ?? html)
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, 300);
}

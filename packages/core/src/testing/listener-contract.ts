// What every listener for a redirect must hold to, as cases for any test runner.
import type {
  AnswerPage,
  ListenForRedirect,
  RedirectMode,
  RedirectVerdict,
  StrayRequest,
} from "../ports/ports.js";
import { equal, type ContractCase } from "./contract-case.js";

/** A listener, and a browser for it. */
export interface ListenerUnderTest {
  readonly listen: ListenForRedirect;
  /** Asks for a URL as a browser would; the status of the answer, 0 when nobody listens. */
  readonly visit: (url: string) => Promise<number>;
  /** The same with the query as a form that the browser posts. */
  readonly post: (url: string) => Promise<number>;
}

const PAGE: AnswerPage = { outcome: "success", title: "Title", message: "Message" };

/** What every {@link ListenForRedirect} must hold to, on `127.0.0.1` with a port of the system's. */
export function listenerContract(create: () => ListenerUnderTest): readonly ContractCase[] {
  const begin = async (mode?: RedirectMode) => {
    const { listen, visit, post } = create();
    const leaving = new AbortController();
    const strays: StrayRequest[] = [];
    const accept = ({ pathname, searchParams }: URL): RedirectVerdict => {
      if (pathname === "/start") return { accepted: false, redirectTo: "https://id.example/" };
      if (searchParams.get("state") === "right") return { accepted: true };
      return { accepted: false, status: 400, reason: "wrong_state" };
    };
    const { redirectUri, response } = await listen({
      uris: ["http://127.0.0.1/callback"],
      accept,
      onStray: (stray) => strays.push(stray),
      ...(mode === undefined ? {} : { mode }),
      signal: leaving.signal,
    });
    return { visit, post, leaving, strays, redirectUri, response };
  };
  return [
    {
      name: "the redirect URI is the registered one with the port that is bound",
      async run() {
        const { redirectUri, leaving, response } = await begin();
        equal(/^http:\/\/127\.0\.0\.1:[1-9]\d*\/callback$/.test(redirectUri), true);
        leaving.abort(new Error("done"));
        await response.catch(() => {});
      },
    },
    {
      name: "the accepted request is given out and answered, and after it nobody is served",
      async run() {
        const { visit, redirectUri, response } = await begin();
        const visited = visit(`${redirectUri}?state=right&code=c`);
        const { url, respond } = await response;
        equal(url.searchParams.get("code"), "c");
        equal(await visit(`${redirectUri}?state=right`), 0);
        await respond(PAGE);
        await respond({ ...PAGE, outcome: "failure" });
        equal(await visited, 200);
      },
    },
    {
      name: "a request that is turned away gets its status, is told of, and the wait goes on",
      async run() {
        const { visit, redirectUri, response, strays } = await begin();
        equal(await visit(`${redirectUri}?state=wrong`), 400);
        equal(strays.map(({ reason }) => reason).join(), "wrong_state");
        equal(await visit(new URL("/start", redirectUri).href), 302);
        equal(strays.length, 1);
        const visited = visit(`${redirectUri}?state=right`);
        await (await response).respond({ ...PAGE, outcome: "failure" });
        equal(await visited, 400);
      },
    },
    {
      name: "a posted redirect has its form in place of the query, where it is waited for, and a GET is none then",
      async run() {
        const { visit, post, redirectUri, response, strays } = await begin("form_post");
        equal(await visit(`${redirectUri}?state=right&code=c`), 405);
        equal(await post(`${redirectUri}?state=wrong&code=c`), 400);
        equal(strays.map(({ reason }) => reason).join(), "wrong_method,wrong_state");
        const posted = post(`${redirectUri}?state=right&code=a%20b%26c`);
        const { url, respond } = await response;
        equal(url.searchParams.get("code"), "a b&c");
        await respond(PAGE);
        equal(await posted, 200);
      },
    },
    {
      name: "a form is refused where an address is waited for, and the wait goes on",
      async run() {
        const { visit, post, redirectUri, response, strays } = await begin();
        equal(await post(`${redirectUri}?state=right&code=c`), 405);
        equal(strays.map(({ reason }) => reason).join(), "wrong_method");
        const visited = visit(`${redirectUri}?state=right`);
        await (await response).respond(PAGE);
        equal(await visited, 200);
      },
    },
    {
      name: "an abort ends the wait with its reason, and closes the port",
      async run() {
        const { visit, redirectUri, response, leaving } = await begin();
        leaving.abort(new Error("enough"));
        equal(await response.catch((error: Error) => error.message), "enough");
        equal(await visit(`${redirectUri}?state=right`), 0);
      },
    },
  ];
}

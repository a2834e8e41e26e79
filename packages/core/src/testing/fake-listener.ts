// A listener without sockets: a test plays the browser with visit().
import { parseLoopbackUri } from "../config/loopback-uri.js";
import type {
  AnswerPage,
  ListenForRedirect,
  ListenForRedirectOptions,
  RedirectMode,
  RedirectResponse,
} from "../ports/ports.js";

/** A listener, and the browser that comes to it. One wait at a time. */
export interface FakeListener {
  readonly listenForRedirect: ListenForRedirect;
  /**
   * Asks for a URL as a browser would. Resolves to the page, to where it is sent on, or to the status of a refused
   * request; 0: nobody listens.
   */
  visit(url: string): Promise<AnswerPage | string | number>;
  /** The same with the parameters as a form that the browser posts. */
  post(url: string): Promise<AnswerPage | string | number>;
  /** Whether a port is open now. */
  readonly isListening: boolean;
}

const FREE_PORT = 50_000;

interface OpenPort {
  readonly options: ListenForRedirectOptions;
  readonly origin: string;
  readonly take: (response: RedirectResponse) => void;
}

/** Makes a listener that binds port 50000 where any will do. `takenPorts` cannot be bound. */
export function createFakeListener({
  takenPorts = [],
}: { takenPorts?: readonly number[] } = {}): FakeListener {
  let open: OpenPort | undefined;

  return {
    async listenForRedirect(options) {
      options.signal.throwIfAborted();
      const free = options.uris.map(parseLoopbackUri).find(({ port }) => !takenPorts.includes(port ?? 0));
      if (!free) throw new Error(`No port could be bound for ${options.uris.join(", ")}: EADDRINUSE`);
      const redirectUri = free.withPort(FREE_PORT);
      const response = new Promise<RedirectResponse>((resolve, reject) => {
        open = { options, origin: new URL(redirectUri).origin, take: resolve };
        options.signal.addEventListener("abort", () => {
          open = undefined;
          reject(options.signal.reason as Error);
        });
      });
      response.catch(() => {});
      return { redirectUri, response };
    },
    visit: (href) => ask(href, "query"),
    post: (href) => ask(href, "form_post"),
    get isListening() {
      return open !== undefined;
    },
  };

  function ask(href: string, mode: RedirectMode): Promise<AnswerPage | string | number> {
    const url = new URL(href);
    const port = open;
    if (!port || url.origin !== port.origin) return Promise.resolve(0);
    if (mode !== (port.options.mode ?? "query")) {
      port.options.onStray({ reason: "wrong_method" });
      return Promise.resolve(405);
    }
    const verdict = port.options.accept(url);
    if (!verdict.accepted) {
      if ("redirectTo" in verdict) return Promise.resolve(verdict.redirectTo);
      port.options.onStray(verdict);
      return Promise.resolve(verdict.status);
    }
    open = undefined;
    return new Promise((resolve) => {
      port.take({ url, respond: async (page) => resolve(page) });
    });
  }
}

// The port to servers: `fetch`, whose ever it is, and what a runtime can do beyond it.

/** What is read of an answer to a request of the core's own: a `Response` is one. */
export interface BareResponse {
  readonly status: number;
  readonly statusText: string;
  /** After redirects. */
  readonly url: string;
  readonly redirected: boolean;
  readonly headers: Iterable<readonly [string, string]>;
  /** Read once, or left half-way, which closes it. null where there can be none. */
  readonly body: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | null;
}

/**
 * `fetch`, and what a runtime can do beyond it. A rejection or a cause of it may carry `hint`, what a person can do about it:
 * it becomes that of the AuthError.
 */
export interface Fetch extends FetchAbilities {
  (input: string | URL | Request, init?: RequestInit): Promise<Response>;
}

/**
 * What is taken for `fetch`: a global one, or a library's, such as undici's, whose `Response` is another type than the
 * runtime's. Called with an address, never with a `Request`, which is of one library alone.
 */
export interface FetchPort extends FetchAbilities {
  (url: string, init?: RequestInitOfAny): Promise<ResponseOfAny>;
}

/**
 * What the `RequestInit` of every library has, as far as types go. What an app gives to `client.fetch` beyond it (a form, a
 * stream) is passed on as it is.
 */
export interface RequestInitOfAny {
  method?: string;
  headers?: Record<string, string>;
  body?: string | URLSearchParams | null;
  credentials?: "include" | "omit" | "same-origin";
  redirect?: "error" | "follow" | "manual";
  signal?: AbortSignal | null;
}

interface FetchAbilities {
  /**
   * The same at a lower price, for requests of the core's own: a `Response` of the runtime may cost more than the request.
   * Absent where there is no such way, or while somebody has replaced what `fetch` goes by: it is looked at before each request.
   */
  readonly bare?: ((url: string, init: RequestInit) => Promise<BareResponse>) | undefined;
  /**
   * The same on a connection that is opened for this request alone; absent where the runtime cannot tell. What is sent
   * goes out once TCP and TLS are up and `onConnected` has been called; what that throws is the rejection, and nothing is
   * sent. An error from before carries `unsent: true`.
   */
  readonly onOwnConnection?:
    | ((url: string, init: RequestInit & { readonly onConnected: () => void }) => Promise<BareResponse>)
    | undefined;
}

/** What the `Response` of every library has, as far as types go. `client.fetch` gives it to the app as it is. */
export interface ResponseOfAny {
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly redirected: boolean;
  readonly headers: { get(name: string): string | null; has(name: string): boolean };
  text(): Promise<string>;
  json(): Promise<unknown>;
  arrayBuffer(): Promise<ArrayBuffer>;
}

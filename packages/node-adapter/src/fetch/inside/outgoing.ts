// What is asked for, out of what `fetch` was called with. Makes no Headers and no Request: they load undici.

export interface OutgoingRequest {
  readonly url: URL;
  readonly method: string;
  /** By their names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array | undefined;
  readonly redirect: NonNullable<RequestInit["redirect"]>;
  readonly signal: AbortSignal | undefined;
}

/** What Node's own fetch says of itself, and the codings that the answer is read in. */
const DEFAULTS = { accept: "*/*", "user-agent": "node", "accept-encoding": "gzip, deflate, br" } as const;

const METHODS_IN_CAPITALS: ReadonlySet<string> = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"]);
const FORBIDDEN_METHODS: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"]);

/** Reads a body that is a stream, a form or a blob whole. Rejects with a TypeError for what the Fetch standard forbids. */
export async function readOutgoing(
  input: string | URL | Request,
  init: RequestInit = {},
): Promise<OutgoingRequest> {
  if (typeof input === "object" && !(input instanceof URL)) return readRequest(new Request(input, init));
  const url = readUrl(input);
  const { method, headers, type, body } = await readInit(init);
  const hasBody = body !== undefined;
  if (hasBody && (method === "GET" || method === "HEAD"))
    throw new TypeError(`A request with the method ${method} cannot have a body.`);
  if (type !== undefined && !headers.has("content-type")) headers.set("content-type", type);
  for (const [name, value] of Object.entries(DEFAULTS)) if (!headers.has(name)) headers.set(name, value);
  if (hasBody || method === "POST" || method === "PUT")
    headers.set("content-length", String(body?.byteLength ?? 0));
  const { redirect = "follow", signal } = init;
  return { url, method, headers, body, redirect, signal: signal ?? undefined };
}

/** A Request has been checked, and has its defaults. */
async function readRequest(request: Request): Promise<OutgoingRequest> {
  const { url, method, headers, redirect, signal } = request;
  const body = request.body ? { body: await request.arrayBuffer() } : {};
  return readOutgoing(url, { method, headers, redirect, signal, ...body });
}

function readUrl(input: string | URL): URL {
  const url = new URL(input);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new TypeError(`The address ${url.protocol} is neither http nor https.`);
  // The password would be lost, or end in a log.
  if (url.username || url.password) throw new TypeError("The address has a user or a password in it.");
  url.hash = "";
  return url;
}

async function readInit({ method: given = "GET", headers, body }: RequestInit) {
  const capitals = given.toUpperCase();
  if (FORBIDDEN_METHODS.has(capitals)) throw new TypeError(`The method ${given} is not for fetch.`);
  const method = METHODS_IN_CAPITALS.has(capitals) ? capitals : given;
  return { method, headers: readHeaders(headers), ...(await readBody(body)) };
}

function readHeaders(given: RequestInit["headers"]): Map<string, string> {
  const headers = new Map<string, string>();
  const pairs = given && (Symbol.iterator in given ? given : Object.entries(given));
  for (const [name, value] of (pairs ?? []) as Iterable<[string, string]>) {
    const key = name.toLowerCase();
    const before = headers.get(key);
    const text = value.trim();
    headers.set(key, before === undefined ? text : `${before}${key === "cookie" ? ";" : ","} ${text}`);
  }
  return headers;
}

interface OutgoingBody {
  readonly body: Uint8Array | undefined;
  readonly type?: string;
}

async function readBody(body: RequestInit["body"]): Promise<OutgoingBody> {
  if (body === undefined || body === null) return { body: undefined };
  if (typeof body === "string") return { body: Buffer.from(body), type: "text/plain;charset=UTF-8" };
  if (body instanceof URLSearchParams)
    return { body: Buffer.from(String(body)), type: "application/x-www-form-urlencoded;charset=UTF-8" };
  if (body instanceof Uint8Array) return { body };
  const read = new Response(body);
  const type = read.headers.get("content-type");
  return { body: new Uint8Array(await read.arrayBuffer()), ...(type !== null && { type }) };
}

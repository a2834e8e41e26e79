// The Web's Headers and Response, as much of them as the protocol asks for. The runtime's own are loaded at their first use:
// Node loads all of undici for them, which costs a short-lived command more than its request. oauth4webapi knows the kinds by their
// names; in what is published it uses these too (scripts/bundle.mjs).

const NAME = /^[!#$%&'*+.^`|~\w-]+$/;
const VALUE = /^[^\0\r\n]*$/;

type HeaderPairs = Iterable<readonly [string, string]>;

/** The names in lower case and in order, each once. */
export class LightHeaders {
  readonly #values = new Map<string, string>();

  constructor(init: HeaderPairs | Readonly<Record<string, string>> = {}) {
    const pairs = Symbol.iterator in init ? init : Object.entries(init);
    for (const [name, value] of pairs) this.append(name, value);
  }

  get [Symbol.toStringTag](): string {
    return "Headers";
  }

  append(name: string, value: string): void {
    const before = this.get(name);
    this.set(name, before === null ? value : `${before}, ${value.trim()}`);
  }

  delete(name: string): void {
    this.#values.delete(name.toLowerCase());
  }

  get(name: string): string | null {
    return this.#values.get(name.toLowerCase()) ?? null;
  }

  has(name: string): boolean {
    return this.#values.has(name.toLowerCase());
  }

  set(name: string, value: string): void {
    const text = value.trim();
    if (!NAME.test(name) || !VALUE.test(text)) throw new TypeError(`The header ${name} cannot be sent.`);
    this.#values.set(name.toLowerCase(), text);
  }

  *entries(): IterableIterator<[string, string]> {
    yield* [...this.#values].toSorted(([a], [b]) => (a < b ? -1 : 1));
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }
}

export interface LightResponseInit {
  readonly status?: number;
  readonly statusText?: string;
  readonly headers?: HeaderPairs;
}

/** An answer that has been read: its body is bytes or text. */
export class LightResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: LightHeaders;
  readonly #body: Uint8Array | string;
  #bodyUsed = false;

  constructor(
    body: Uint8Array | string,
    { status = 200, statusText = "", headers = [] }: LightResponseInit = {},
  ) {
    this.status = status;
    this.statusText = statusText;
    this.headers = new LightHeaders(headers);
    this.#body = body;
  }

  get [Symbol.toStringTag](): string {
    return "Response";
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  get bodyUsed(): boolean {
    return this.#bodyUsed;
  }

  /** Nothing is on its way: there is no stream to cancel. */
  get body(): null {
    return null;
  }

  clone(): LightResponse {
    if (this.#bodyUsed) throw new TypeError("The answer has been read already.");
    return new LightResponse(this.#body, this);
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  async text(): Promise<string> {
    if (this.#bodyUsed) throw new TypeError("The answer has been read already.");
    this.#bodyUsed = true;
    return typeof this.#body === "string" ? this.#body : new TextDecoder().decode(this.#body);
  }
}

/** As everything that knows the Web's type takes it: what nobody asks for here is missing. */
export function lightResponse(body: Uint8Array | string, init?: LightResponseInit): Response {
  return new LightResponse(body, init) as unknown as Response;
}

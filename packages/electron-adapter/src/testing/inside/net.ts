// `net.request` on Node's own HTTP: what of Chromium's matters to an app that signs in.
import { EventEmitter } from "node:events";
import * as http from "node:http";
import * as https from "node:https";
import type { ClientRequest, ClientRequestConstructorOptions } from "electron/main";

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** What a request was made with, for a test to look at. */
export interface SeenNetRequest {
  readonly url: string;
  readonly method: string;
  readonly options: ClientRequestConstructorOptions;
}

export class DoubleClientRequest
  extends EventEmitter
  implements Pick<ClientRequest, "setHeader" | "write" | "abort" | "chunkedEncoding">
{
  chunkedEncoding = false;
  readonly #request: http.ClientRequest;
  readonly #before: Buffer[] = [];
  #isAborted = false;

  constructor({ url, method = "GET", redirect }: ClientRequestConstructorOptions) {
    super();
    if (redirect !== "manual") throw new Error('The double knows redirect: "manual" only.');
    const target = new URL(url ?? "");
    const { request } = target.protocol === "https:" ? https : http;
    this.#request = request(target, { method, agent: false });
    this.#request.on("response", (response) => this.#answer(response, target));
    this.#request.on("error", (error: NodeJS.ErrnoException) => {
      if (!this.#isAborted) this.emit("error", new Error(`net::${chromiumCode(error)}`));
    });
  }

  setHeader(name: string, value: string): void {
    this.#request.setHeader(name, value);
  }

  write(chunk: Buffer | string, _encoding?: string, callback?: () => void): void {
    const bytes = Buffer.from(chunk as Buffer);
    if (this.chunkedEncoding) {
      this.#request.write(bytes, () => callback?.());
    } else {
      this.#before.push(bytes);
      callback?.();
    }
  }

  end(): void {
    const body = Buffer.concat(this.#before);
    if (body.length > 0) this.#request.setHeader("content-length", body.length);
    this.#request.end(body.length > 0 ? body : undefined);
  }

  abort(): void {
    this.#isAborted = true;
    this.#request.destroy();
  }

  #answer(response: http.IncomingMessage, target: URL): void {
    const { statusCode = 0, headers } = response;
    const { location } = headers;
    if (!REDIRECTS.has(statusCode) || location === undefined) return void this.emit("response", response);
    const all: Record<string, string[]> = {};
    for (const [name, values] of Object.entries(response.headersDistinct)) all[name] = values ?? [];
    response.resume();
    const method = statusCode === 303 ? "GET" : (this.#request.method ?? "GET");
    this.emit("redirect", statusCode, method, new URL(location, target).href, all);
    // Nobody has said that it is to be followed.
    if (this.#isAborted) return;
    this.#isAborted = true;
    this.#request.destroy();
    this.emit("error", new Error("Redirect was cancelled"));
  }
}

/** The names that Chromium has for what Node says. */
function chromiumCode({ code }: NodeJS.ErrnoException): string {
  const names: Readonly<Record<string, string>> = {
    ECONNREFUSED: "ERR_CONNECTION_REFUSED",
    ECONNRESET: "ERR_CONNECTION_RESET",
    ENOTFOUND: "ERR_NAME_NOT_RESOLVED",
  };
  return names[code ?? ""] ?? "ERR_FAILED";
}

// `fetch` over messages: a request and its answer, whole, in one line each.
import { AuthError } from "@loopkey/core/light";
import type { AuthClient } from "@loopkey/core";
import { toJson } from "../../terminal/text.js";
import { LONGEST_LINE, type FetchParams, type FetchResult } from "../protocol.js";
import { ProtocolError } from "./failures.js";
import type { Room } from "./room.js";

/** An answer that is longer belongs into no message. */
const LONGEST_BODY = 16 * 1_048_576;
/** Of a line, for all but the body: what a client takes of headers is far below. */
const MOST_BESIDE = 1_048_576;

export async function callApi(
  client: AuthClient,
  { url, bodyEncoding = "utf8", body, ...params }: FetchParams,
  signal: AbortSignal,
  room: Room,
): Promise<FetchResult> {
  const { method = "GET", headers = {}, redirect = "follow" } = params;
  const init: RequestInit = { method, headers, redirect, signal };
  if (body !== undefined) init.body = bodyEncoding === "utf8" ? body : fromBase64(body);
  checkRequest(init);
  try {
    const response = await client.fetch(url, init);
    return {
      status: response.status,
      statusText: response.statusText,
      url: response.url,
      redirected: response.redirected,
      headers: [...response.headers],
      ...asText(await read(response, signal, room)),
    };
  } catch (error) {
    if (error instanceof AuthError || signal.aborted) throw error;
    throw unreachable(error);
  }
}

/** What `fetch` refuses before anything is sent, without its words: they hold the value. */
function checkRequest(init: RequestInit): void {
  try {
    void new Request("https://app.invalid", init);
  } catch {
    throw new ProtocolError(
      "invalid_params",
      "There is no such request: look at the method, the headers, and whether it may have a body.",
    );
  }
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text))
    throw new ProtocolError("invalid_params", "params.body is not base64.");
  return Uint8Array.from(Buffer.from(text, "base64"));
}

async function read({ body }: Response, signal: AbortSignal, room: Room): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Left early, the rest of the answer is given up.
  for await (const chunk of body ?? []) {
    length += chunk.byteLength;
    if (length > LONGEST_BODY)
      throw new AuthError("invalid_response", `The API's answer is longer than ${LONGEST_BODY} bytes.`, {
        detail: "too large",
        hint: "Ask for less, or call the API with a token of getAccessToken.",
      });
    // The rest is left with the API for as long.
    // oxlint-disable-next-line no-await-in-loop
    await room.take(signal, chunk.byteLength);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function asText(body: Buffer): Pick<FetchResult, "body" | "bodyEncoding"> {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
    if (fitsALine(text)) return { body: text, bodyEncoding: "utf8" };
  } catch {
    // Bytes.
  }
  return { body: body.toString("base64"), bodyEncoding: "base64" };
}

/** Control characters are six bytes each in JSON. */
function fitsALine(text: string): boolean {
  const left = LONGEST_LINE - MOST_BESIDE;
  return text.length * 6 <= left || Buffer.byteLength(toJson(text)) <= left;
}

function unreachable(error: unknown): AuthError {
  const code = codeOf(error);
  return new AuthError("temporarily_unavailable", "The API could not be reached.", {
    ...(code !== undefined && { detail: code }),
    cause: error,
  });
}

/** `ECONNREFUSED` and the like, which fetch hides one or two causes deep. */
function codeOf(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if ("code" in cause && typeof cause.code === "string") return cause.code.slice(0, 80);
  return undefined;
}

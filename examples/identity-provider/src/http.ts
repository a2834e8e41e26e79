// Plain node:http helpers: pages with their headers, redirects, forms.
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { STYLE } from "./page-style.js";

const STYLE_HASH = createHash("sha256").update(STYLE).digest("base64");
const MAX_FORM_BYTES = 16_384;

/** @param redirectUri where the page's form will lead in the end: browsers apply form-action to redirects too. */
export function pageHeaders(redirectUri?: string): Record<string, string> {
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${STYLE_HASH}'`,
    "img-src data:",
    `form-action 'self'${redirectUri === undefined ? "" : ` ${formTarget(redirectUri)}`}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": policy.join("; "),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
  };
}

// A policy cannot name an IPv6 address.
function formTarget(redirectUri: string): string {
  const { origin, hostname, protocol } = new URL(redirectUri);
  return hostname.startsWith("[") ? protocol : origin;
}

export function sendPage(res: ServerResponse, status: number, page: string, redirectUri?: string): void {
  res.writeHead(status, pageHeaders(redirectUri)).end(page);
}

export function sendJson(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  res.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store", ...headers });
  res.end(JSON.stringify(body));
}

export function redirect(res: ServerResponse, location: string): void {
  res
    .writeHead(303, { Location: location, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer" })
    .end();
}

/** The request is at fault, not this server. */
export class FormError extends Error {}

/** Rejects with a `FormError` when the body is no form, or too large for one of ours. */
export async function readForm(req: IncomingMessage): Promise<URLSearchParams> {
  const type = req.headers["content-type"] ?? "";
  if (!type.startsWith("application/x-www-form-urlencoded")) throw new FormError("The body is not a form.");
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_FORM_BYTES) throw new FormError("The form is too large.");
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
}
